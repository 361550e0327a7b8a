// Decides which objects of an algorithm's frames alarm, as its manifest and its task say: the one decision of
// the logic-node, of `streamctl algorithm test`, of explain and of stream-client. Values in, decision out: no
// clock, no I/O. docs/rules.md says what the rules do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/decision/custom_rule.hpp"
#include "stream/decision/object_alarm.hpp"
#include "stream/decision/verdict.hpp"
#include "stream/manifest/logic_part.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::decision {

struct DeciderOptions {
  std::int64_t sample_interval = 1;           // a frame's id grows by this from frame to frame; at least 1
  std::size_t max_objects = 10000;            // remembered at a time, at least 1
  const CustomRules* custom_rules = nullptr;  // those that the manifest may name; only make() looks at them
  bool operator==(const DeciderOptions&) const = default;
};

// Confined to one thread. A frame costs time in proportion to its own objects, not to those remembered (but
// for the key `position`). Memory: at most max_objects, each of some hundred bytes.
class Decider {
 public:
  // kInvalid, naming the member, what was found and what was expected: an option or a rule that is out of
  // range, an unknown time zone, or a rule of one's own that is not there or does not take its parameters.
  static Result<Decider> make(const manifest::LogicPart& part, const DeciderOptions& options);
  Decider(Decider&&) noexcept;
  Decider& operator=(Decider&&) noexcept;
  ~Decider();

  // The next frame: the objects that alarm now, in its order. With `why`, what was said of each object is
  // appended; without, nothing is spent on it.
  //
  // An alarm charges its object at once, in this memory. So save it with the alarm, in one step: who goes on
  // from an older memory has neither the alarm nor the charge.
  std::vector<ObjectAlarm> next_frame(const FrameMeta& frame, std::vector<Verdict>* why = nullptr);

  // All it remembers, and going on from what another one remembered, under these rules or others; what does
  // not hold any more is forgotten. Any values are taken.
  RuleState save();
  void restore(RuleState state);

  // Since it was made; not a part of the memory.
  const RuleCounts& counts() const;
  const CustomRuleCounts& custom_counts() const;
  // Objects that were forgotten only because there were more than max_objects.
  std::uint64_t crowded_out() const;

 private:
  struct Impl;
  explicit Decider(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace stream::decision
