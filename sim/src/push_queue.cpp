#include "push_queue.hpp"

#include "http_post.hpp"
#include "stream/common/log.hpp"
#include "stream/common/rate_limit.hpp"

namespace stream::sim {

namespace {

std::uint16_t port_for(const std::optional<PushTarget>& target, int channel_id) {
  if (!target) return 0;
  return static_cast<std::uint16_t>(target->port + (target->port_per_channel ? channel_id : 0));
}

}  // namespace

PushQueue::PushQueue(const std::optional<PushTarget>& target, int channel_id, WhenFull when_full)
    : target_(target),
      port_(port_for(target, channel_id)),
      when_full_(when_full),
      thread_([this] { run(); }) {}

PushQueue::~PushQueue() {
  abandon();
  thread_.join();
}

void PushQueue::push(std::string body) {
  if (!target_) return;
  std::unique_lock lock(mutex_);
  const auto has_room = [this] { return abandoned_ || waiting_.size() < kPushQueueFrames; };
  if (when_full_ == WhenFull::kWait) changed_.wait(lock, has_room);
  if (abandoned_) return;
  if (!has_room()) {
    ++counts_.dropped;
    return;
  }
  waiting_.push_back(std::move(body));
  changed_.notify_all();
}

void PushQueue::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return abandoned_ || (waiting_.empty() && !posting_); });
}

void PushQueue::abandon() {
  stop_.raise();
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  changed_.notify_all();
}

PushCounts PushQueue::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void PushQueue::run() {
  RateLimit complaints(std::chrono::seconds(5));
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return abandoned_ || !waiting_.empty(); });
    if (abandoned_) return;
    const std::string body = std::move(waiting_.front());
    waiting_.pop_front();
    posting_ = true;
    changed_.notify_all();
    lock.unlock();
    const auto result = post(target_->ip, port_, target_->path, body, stop_);
    const bool good = result.status >= 200 && result.status < 300;
    if (!good && !stop_.raised() && complaints.admit(std::chrono::steady_clock::now())) {
      log::warn("push_failed", {{"status", result.status}, {"why", result.why}});
    }
    lock.lock();
    posting_ = false;
    ++(good ? counts_.posted : result.status != 0 ? counts_.refused : counts_.failed);
    changed_.notify_all();
  }
}

}  // namespace stream::sim
