#include "errands.hpp"

#include <utility>

namespace stream::api {

Errands::Errands()
    : thread_([this](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (arrived_.wait(lock, stop, [this] { return !jobs_.empty(); }) && !stop.stop_requested()) {
          const auto job = std::move(jobs_.front());
          jobs_.pop_front();
          lock.unlock();
          job();
          lock.lock();
        }
      }) {}

void Errands::post(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  arrived_.notify_one();
}

}  // namespace stream::api
