#include "object_filter.hpp"

#include <algorithm>

#include "stream/common/assert.hpp"

namespace stream::logic {

ObjectFilter::ObjectFilter(const FilterLimits& limits) : limits_(limits) {
  STREAM_ASSERT(limits.sample_interval >= 1 && limits.in_frames >= 1 && limits.out_frames >= 1 &&
                    limits.max_objects >= 1,
                "sample_interval {}, in_frames {}, out_frames {}, max_objects {}", limits.sample_interval,
                limits.in_frames, limits.out_frames, limits.max_objects);
}

std::vector<std::size_t> ObjectFilter::next_frame(std::int64_t frame_id, std::span<const std::string> keys) {
  now_ += frames_since_last(frame_id);
  last_frame_id_ = frame_id;
  while (!by_recency_.empty() && is_forgotten(by_recency_.front())) remove_oldest();

  std::vector<std::size_t> alarms;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].empty()) continue;
    const auto object = find_or_add(keys[i]);
    if (object->last_frame == now_) continue;
    object->last_frame = now_;
    if (++object->seen == limits_.in_frames) alarms.push_back(i);
  }
  return alarms;
}

void ObjectFilter::save_to(LogicState& state) const {
  state.last_frame_id = last_frame_id_;
  state.frame_count = now_;
  state.objects.assign(by_recency_.begin(), by_recency_.end());
}

void ObjectFilter::restore(const LogicState& state) {
  by_key_.clear();
  by_recency_.clear();
  last_frame_id_ = state.last_frame_id;
  now_ = state.frame_count;
  for (const SeenObject& object : state.objects) {
    const auto known = find_or_add(object.key);
    known->seen = object.seen;
    known->last_frame = std::min(object.last_frame, now_);
  }
}

std::uint64_t ObjectFilter::frames_since_last(std::int64_t frame_id) const {
  if (now_ == 0 || frame_id <= last_frame_id_) return 1;
  const auto ids = static_cast<std::uint64_t>(frame_id) - static_cast<std::uint64_t>(last_frame_id_);
  const auto frames = ids / static_cast<std::uint64_t>(limits_.sample_interval);
  // A longer gap forgets no more than everything, and kept short it cannot overflow the count.
  return std::clamp<std::uint64_t>(frames, 1, limits_.out_frames + 1);
}

bool ObjectFilter::is_forgotten(const SeenObject& object) const {
  return now_ - object.last_frame > limits_.out_frames;
}

ObjectFilter::Objects::iterator ObjectFilter::find_or_add(std::string_view key) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    by_recency_.splice(by_recency_.end(), by_recency_, found->second);
    return found->second;
  }
  if (by_recency_.size() == limits_.max_objects) {
    remove_oldest();
    ++crowded_out_;
  }
  by_recency_.push_back({std::string(key), 0, 0});
  const auto added = std::prev(by_recency_.end());
  by_key_.emplace(added->key, added);
  return added;
}

void ObjectFilter::remove_oldest() {
  by_key_.erase(by_recency_.front().key);
  by_recency_.pop_front();
}

}  // namespace stream::logic
