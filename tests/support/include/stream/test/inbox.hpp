// Where reports go. Whoever includes it links stream::receiver.
#pragma once

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "stream/receiver/receiver.hpp"

namespace stream::test {

// A receiver in this process that keeps what it gets. Thread-safe.
class Inbox {
 public:
  // Throws when it cannot listen there.
  explicit Inbox(const std::string& listen = "127.0.0.1:0") {
    receiver::ReceiverOptions options;
    options.listen = listen;
    options.on_alarm = [this](const receiver::ReceivedAlarm& alarm) {
      const std::lock_guard lock(mutex_);
      alarms_.push_back(alarm);
    };
    auto started = receiver::Receiver::start(options);
    if (!started) throw std::runtime_error(started.error().message);
    receiver_ = *std::move(started);
  }

  std::string url() const { return receiver_->url(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(receiver_->port()); }
  // In the order in which they came.
  std::vector<receiver::ReceivedAlarm> alarms() const {
    const std::lock_guard lock(mutex_);
    return alarms_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<receiver::ReceivedAlarm> alarms_;
  std::unique_ptr<receiver::Receiver> receiver_;  // last: ends before what it uses
};

}  // namespace stream::test
