#include "reporter.hpp"

#include <nlohmann/json.hpp>

#include "http_post.hpp"
#include "stream/common/log.hpp"

namespace stream::sim {

Reporter::Reporter(const std::optional<HttpTarget>& target) : target_(target) {
  if (target_) thread_ = std::thread([this] { run(); });
}

Reporter::~Reporter() {
  stop_.raise();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Reporter::report(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (!target_ || waiting_.size() >= kReportQueue) return;
  waiting_.push_back(name);
  changed_.notify_all();
}

void Reporter::run() {
  constexpr int kTries = 5;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const std::string body = nlohmann::json{{"error", waiting_.front()}}.dump();
    waiting_.pop_front();
    lock.unlock();
    int tries = 0;
    PostResult result;
    do {
      result = post(target_->ip, target_->port, target_->path, body, stop_);
    } while (result.status == 0 && ++tries < kTries && !stop_.raised());
    if (result.status == 0) log::warn("report_failed", {{"report", body}, {"why", result.why}});
    lock.lock();
  }
}

}  // namespace stream::sim
