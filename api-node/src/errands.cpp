#include "errands.hpp"

#include <utility>

namespace stream::api {

Errands::Errands() : thread_([this](const std::stop_token& stop) { work(stop); }) {}

void Errands::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (arrived_.wait(lock, stop, [this] { return !jobs_.empty(); })) {
    const auto due = jobs_.begin()->first;
    const auto comes_earlier = [&] { return jobs_.begin()->first < due; };
    if (arrived_.wait_until(lock, stop, due, comes_earlier)) continue;
    if (stop.stop_requested()) return;
    const auto job = std::move(jobs_.begin()->second);
    jobs_.erase(jobs_.begin());
    lock.unlock();
    job();
    lock.lock();
  }
}

void Errands::post(std::function<void()> job, std::chrono::milliseconds delay) {
  const std::lock_guard lock(mutex_);
  jobs_.emplace(Clock::now() + delay, std::move(job));
  arrived_.notify_one();
}

}  // namespace stream::api
