#include "replay_ring.hpp"

#include <algorithm>
#include <utility>

#include "stream/common/assert.hpp"

namespace stream::ingest {

void ReplayRing::add(std::string message) {
  message.shrink_to_fit();  // it was written piece by piece, and is to be kept
  bytes_ += message.size();
  kept_.push_back(std::make_shared<const std::string>(std::move(message)));
  ++next_;
  while (kept_.size() > 1 && (kept_.size() > limits_.frames || bytes_ > limits_.bytes)) {
    bytes_ -= kept_.front()->size();
    kept_.pop_front();
  }
}

const ReplayRing::Message& ReplayRing::at(std::uint64_t number) const {
  STREAM_ASSERT(number >= oldest_number() && number < next_, "a number that the ring does not hold");
  return kept_[static_cast<std::size_t>(number - oldest_number())];
}

std::vector<ReplayRing::Message> ReplayRing::after(std::uint64_t number, ReplayLimits most) const {
  std::vector<Message> taken;
  if (number >= next_ - 1) return taken;
  std::size_t bytes = 0;
  for (std::uint64_t next = std::max(number + 1, oldest_number()); next < next_; ++next) {
    const Message& message = at(next);
    bytes += message->size();
    if (!taken.empty() && (taken.size() >= most.frames || bytes > most.bytes)) break;
    taken.push_back(message);
  }
  return taken;
}

}  // namespace stream::ingest
