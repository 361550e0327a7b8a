#include "kept_states.hpp"

namespace stream::logic {

void KeptStates::offer(const std::string& state, std::int64_t received_us) {
  constexpr std::int64_t kApart_us = std::chrono::microseconds(kApart).count();
  if (!states_.empty() && received_us >= last_us_ && received_us - last_us_ < kApart_us) return;
  keep(state, received_us);
}

void KeptStates::begin_with(const std::string& state, std::int64_t received_us) {
  states_.clear();
  keep(state, received_us);
}

void KeptStates::keep(const std::string& state, std::int64_t received_us) {
  too_large_ = state.size() > kMostBytes;
  if (too_large_) return;
  if (states_.size() == kMost) states_.pop_front();
  states_.push_back(std::make_shared<const std::string>(state));
  last_us_ = received_us;
}

}  // namespace stream::logic
