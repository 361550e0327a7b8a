#include "breaker.hpp"

#include <algorithm>

namespace stream::reporter {

void Breaker::answered() {
  known_ = true;
  failures_ = 0;
  openings_ = 0;
  asked_until_ = {};
}

void Breaker::failed(Time now) {
  failed_at_ = now;
  if (open() && now < rests_until_) return;
  // Counting further would say nothing more, and must not overflow.
  failures_ = std::min(failures_ + 1, options_.opens_at);
  if (!open()) return;
  openings_ = std::min(openings_ + 1, static_cast<std::uint32_t>(options_.longest_rest / options_.rest) + 1);
  rests_until_ = now + std::min(options_.rest * openings_, options_.longest_rest);
}

void Breaker::asked_to_wait(Time until) {
  asked_until_ = std::max(asked_until_, until);
}

Breaker::Time Breaker::next_try(bool last_resort) const {
  if (!open()) return asked_until_;
  const auto rested = last_resort ? std::min(rests_until_, failed_at_ + options_.last_resort) : rests_until_;
  return std::max(asked_until_, rested);
}

}  // namespace stream::reporter
