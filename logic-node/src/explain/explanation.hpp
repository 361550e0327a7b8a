// Why there was no alarm: what the rules said of each object in the frames that were looked at again, short
// enough for people and bounded however many there were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stream/decision/verdict.hpp"

namespace stream::logic {

// What is kept; what is over it is counted.
struct ExplanationLimits {
  std::size_t objects = 100;  // those that were in a frame last
  std::size_t changes = 20;   // of one object, the last ones
  std::size_t alarms = 20;    // of one object, the last ones
};

struct FrameStamp {
  std::int64_t frame_id = 0;
  std::int64_t received_us = 0;  // UNIX time of arrival, by the ingest-node's clock
  bool operator==(const FrameStamp&) const = default;
};

// Successive frames with an object, in which the rules came to the same end.
struct VerdictChange {
  std::optional<decision::RuleId> stopped_by;  // empty: it alarmed
  FrameStamp first, last;
  std::uint64_t frames = 0;
  std::string text;         // of the last of them: why, with the values
  std::string custom = {};  // the name of the rule, for kCustom
  bool operator==(const VerdictChange&) const = default;
};

struct ExplainedObject {
  std::string key;  // empty: all that have none
  std::uint64_t frames = 0;
  FrameStamp first, last;
  std::uint64_t alarms = 0;
  std::deque<std::int64_t> alarm_frames;  // ids
  std::deque<VerdictChange> changes;      // in order
  std::uint64_t changes_left_out = 0;     // earlier ones
  bool operator==(const ExplainedObject&) const = default;
};

struct Explanation {
  std::uint64_t frames = 0;
  std::uint64_t frames_without_objects = 0;
  std::optional<FrameStamp> first, last;
  decision::RuleCounts rules{};         // of these frames; of a rule that is off, or nobody got to: nothing
  decision::CustomRuleCounts custom;    // the same of rules of one's own
  std::deque<ExplainedObject> objects;  // in the order of their first frame
  std::uint64_t objects_left_out = 0;   // each time one had to make room

  // How far it is the truth. What the node decided is told from memory_known_from on: before that frame
  // something that it remembered is missing. Empty: in no frame.
  std::optional<std::int64_t> memory_known_from;
  bool complete = false;  // it reaches back as far as was asked, and its memory is known all the time
  std::vector<std::string> notes;    // whatever else to know, sentences
  std::optional<FrameStamp> newest;  // the last frame that ever came, if it is known
};

// Sums up verdicts. Confined to one thread; time and memory as the limits say.
class ExplanationMaker {
 public:
  explicit ExplanationMaker(const ExplanationLimits& limits = {}) : limits_(limits) {}

  // The next frame and what was said of its objects. An object may be in it more than once, under one key, as
  // a class may: then whichever got furthest speaks for it.
  void add(const FrameStamp& frame, const std::vector<decision::Verdict>& verdicts);
  // All of it so far, with nothing said of rules, memory and notes.
  Explanation take();

 private:
  void add_to(ExplainedObject& seen, const FrameStamp& frame, const decision::Verdict& verdict) const;
  ExplainedObject& new_object(const std::string& key, const FrameStamp& frame);

  const ExplanationLimits limits_;
  Explanation explanation_;
};

nlohmann::json to_json(const Explanation& explanation);

}  // namespace stream::logic
