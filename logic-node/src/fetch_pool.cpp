#include "fetch_pool.hpp"

#include <chrono>
#include <utility>

namespace stream::logic {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

void FetchPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  pool_.stop();
}

void FetchPool::post(const std::string& address, FetchJob job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  lines_.add(address, std::move(job));
  hand_out();
}

void FetchPool::hand_out() {
  while (!stopping_ && busy_ < threads_) {
    auto turn = lines_.next(Clock::now());
    if (!turn) return;
    ++busy_;
    pool_.post([this, turn = *std::move(turn)] { run(turn); });
  }
}

void FetchPool::run(const FetchLines::Turn& turn) {
  if (turn.asks) {
    const bool heard = turn.job.ask();
    const std::lock_guard lock(mutex_);
    lines_.ended(turn.address, heard, Clock::now());
    hand_out();  // then() may take its time
  }
  turn.job.then();
  const std::lock_guard lock(mutex_);
  --busy_;
  hand_out();
}

}  // namespace stream::logic
