// A rule of one's own, for what a manifest cannot say, and the registry in which a program hands its own
// rules to what decides: to run_logic_node() and run_streamctl(). docs/how-to/write-a-rule.md shows how.
//
// A manifest turns one on by its name, with its parameters:
//   "rules": {"custom": {"loitering": {"radius_px": 80}}}
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/json_reader.hpp"
#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::decision {

// An object that counts in a frame: schedule, class, size, area and count have let it through.
struct RuleObject {
  std::size_t index = 0;  // in the list of the frame that the manifest names
  std::string_view key;   // names it from frame to frame, once in a frame; of objects told apart by position,
                          // their number
  std::optional<Box> box;  // px of the frame; empty: nobody knows where it is
  std::int32_t class_id = -1;
  float score = 0;           // 0 to 1
  std::uint64_t seen = 1;    // frames of its stay in which it has counted, with this one
  std::int64_t stay_us = 0;  // since its stay began
};

struct RuleFrame {
  const FrameMeta& message;     // all that the stream process has said
  std::int64_t running_us = 0;  // never goes back, whatever clocks do: what durations are measured with
  bool explain = false;         // somebody will read CustomVerdict::text
};

struct CustomVerdict {
  bool passes = false;
  std::string text;      // why not, with the values: "30 px off". Left empty unless `explain`
  nlohmann::json found;  // an object, if anything: what an event can say, /custom/<rule>/… for `event.extend`
};

// One rule of one algorithm of one task, made of its parameters. What it says follows from these and from the
// frames alone: no clock, no I/O, no chance. For the same frames may be decided on again, on another machine,
// and must come out the same, or alarms are lost or made twice.
//
// Only judge() must be there; the others are for rules that remember something. Confined to one thread. An
// exception counts as a failure of the rule, and keeps the object from alarming; nothing else comes to harm.
class CustomRule {
 public:
  virtual ~CustomRule() = default;

  // May this object alarm now? Asked once a frame of every object that counts, whatever other rules say about
  // it, so that a rule can follow it from its first frame on. Without an alarm it is asked again in the next.
  virtual CustomVerdict judge(const RuleObject& object, const RuleFrame& frame) = 0;

  // The object has left, or was crowded out: who comes under this key is somebody new. May be said of objects
  // that were never judged. A rule that forgets here remembers at most max_objects of them.
  virtual void forget(std::string_view /*key*/) {}

  // All it remembers, at most kMostMemoryBytes, and going on from what another one of the same name has
  // saved, on this machine or another, maybe with other parameters or by another version: any bytes are
  // taken, and those that make no sense are nothing remembered.
  virtual std::string save() const { return {}; }
  virtual void restore(std::string_view /*memory*/) {}

  // More is not handed over: whoever goes on has nothing remembered then. Counted as a failure.
  static constexpr std::size_t kMostMemoryBytes = std::size_t{256} * 1024;
};

// The rules that a program has beside those that are built in. Filled by main, then handed on; not changed
// any more, it is thread-safe as far as its makers are.
class CustomRules {
 public:
  // Makes a rule of its parameters, an object. Reads strictly and complains in the reader's error slot; what
  // it returns then is not used.
  using Make = std::function<std::unique_ptr<CustomRule>(const JsonReader& parameters)>;

  // REQUIRES: is_plain_name(name), and no other rule has it.
  CustomRules& add(std::string name, Make make);

  bool knows(std::string_view name) const { return makers_.contains(name); }
  // kInvalid with the place in the manifest, what was found and what was expected: a rule nobody has added,
  // or parameters that it does not take.
  Result<std::unique_ptr<CustomRule>> make(const std::string& name, const nlohmann::json& parameters) const;

 private:
  std::map<std::string, Make, std::less<>> makers_;
};

}  // namespace stream::decision
