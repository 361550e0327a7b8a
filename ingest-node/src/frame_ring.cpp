#include "frame_ring.hpp"

#include <utility>

namespace stream::ingest {

std::uint64_t FrameRing::add(std::shared_ptr<Body> body, Clock::time_point now) {
  expire(now);
  bytes_ += body->block_bytes();
  kept_.push_back({std::move(body), now});
  return next_++;
}

std::shared_ptr<const Body> FrameRing::find(std::uint64_t sequence, Clock::time_point now) const {
  const std::uint64_t first = next_ - kept_.size();
  if (sequence < first || sequence >= next_) return nullptr;
  const Kept& kept = kept_[static_cast<std::size_t>(sequence - first)];
  return now - kept.added > max_age_ ? nullptr : kept.body;
}

void FrameRing::expire(Clock::time_point now) {
  while (!kept_.empty() && now - kept_.front().added > max_age_) drop_oldest();
}

bool FrameRing::drop_oldest() {
  if (kept_.empty()) return false;
  bytes_ -= kept_.front().body->block_bytes();
  kept_.pop_front();
  return true;
}

}  // namespace stream::ingest
