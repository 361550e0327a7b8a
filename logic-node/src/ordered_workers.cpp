#include "ordered_workers.hpp"

#include <utility>

#include "stream/common/assert.hpp"

namespace stream::logic {

OrderedWorkers::OrderedWorkers(const OrderedWorkersOptions& options) : options_(options) {
  STREAM_ASSERT(options.threads >= 1, "threads {}", options.threads);
  for (std::size_t i = 0; i < options.threads; ++i) threads_.emplace_back([this] { work(); });
}

OrderedWorkers::~OrderedWorkers() {
  stop(std::chrono::steady_clock::now());
}

bool OrderedWorkers::submit(const std::string& name, Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_ >= options_.most_waiting) return false;
    auto& line = lines_[name];
    if (line.jobs.size() >= options_.most_waiting_per_name) return false;
    if (line.jobs.empty() && !line.running) ready_.push_back(name);
    line.jobs.push_back(std::move(job));
    ++waiting_;
  }
  changed_.notify_one();
  return true;
}

std::size_t OrderedWorkers::stop(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  changed_.wait_until(lock, until, [&] { return waiting_ == 0 && running_ == 0; });
  dropping_ = true;
  const auto dropped = std::exchange(waiting_, 0);
  ready_.clear();
  lines_.clear();
  lock.unlock();
  changed_.notify_all();
  threads_.clear();
  return dropped;
}

void OrderedWorkers::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return !ready_.empty() || dropping_; });
    if (dropping_) return;
    const auto name = std::move(ready_.front());
    ready_.pop_front();
    auto& line = lines_.at(name);
    auto job = std::move(line.jobs.front());
    line.jobs.pop_front();
    line.running = true;
    --waiting_;
    ++running_;

    lock.unlock();
    job();
    job = nullptr;  // what it held goes without the lock
    lock.lock();

    --running_;
    if (dropping_) return;
    const auto found = lines_.find(name);
    found->second.running = false;
    if (found->second.jobs.empty()) {
      lines_.erase(found);
    } else {
      ready_.push_back(name);
    }
    changed_.notify_all();
  }
}

}  // namespace stream::logic
