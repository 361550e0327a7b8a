// Decides which objects alarm in a frame. Values in, decision out: no clock, no I/O.
//
// An object is known by its key. It counts as seen in a frame that holds it, once however often the frame
// holds it. It is forgotten after `out_frames` consecutive frames without it, and frames that never came
// count as well: their number is read off the frame id, which grows by `sample_interval` from frame to frame.
// (An id that does not grow means that the stream started again: one frame later.) An object alarms exactly
// once, in the frame in which it has been seen for the `in_frames`-th time since it was new or forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "stream/schemas/messages.hpp"

namespace stream::logic {

// Each at least 1.
struct FilterLimits {
  std::int64_t sample_interval = 1;
  std::uint64_t in_frames = 3;
  std::uint64_t out_frames = 5;
  std::size_t max_objects = 10000;  // remembered at a time; over it the one not seen for longest is forgotten
  bool operator==(const FilterLimits&) const = default;
};

// Confined to one thread. A frame costs time in proportion to its own objects, not to those remembered.
class ObjectFilter {
 public:
  explicit ObjectFilter(const FilterLimits& limits);

  // The next frame with the keys of its objects (an empty key is no object). Gives the indices of those that
  // alarm now, in order; of a key that occurs twice, the first.
  std::vector<std::size_t> next_frame(std::int64_t frame_id, std::span<const std::string> keys);

  // What it remembers, for another one that goes on from there. Of more than its own max_objects that one
  // keeps those seen last.
  void save_to(LogicState& state) const;
  void restore(const LogicState& state);

  std::size_t objects() const { return by_recency_.size(); }
  // Objects that were forgotten only because there were more than max_objects.
  std::uint64_t crowded_out() const { return crowded_out_; }

 private:
  using Objects = std::list<SeenObject>;

  std::uint64_t frames_since_last(std::int64_t frame_id) const;
  bool is_forgotten(const SeenObject& object) const;
  Objects::iterator find_or_add(std::string_view key);
  void remove_oldest();

  FilterLimits limits_;
  std::uint64_t now_ = 0;           // frames so far, those that never came included
  std::int64_t last_frame_id_ = 0;  // when there was one
  Objects by_recency_;              // the one not seen for longest first
  std::unordered_map<std::string_view, Objects::iterator> by_key_;  // keys live in by_recency_
  std::uint64_t crowded_out_ = 0;
};

}  // namespace stream::logic
