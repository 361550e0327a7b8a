// Answers on their way from the storage thread to the control thread.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "control.hpp"
#include "event_fd.hpp"

namespace stream::broker {

struct Reply {
  std::string client;  // routing id
  bus::control::Answer answer;
  std::string queue;  // of the deliveries in the answer, to give them back when the client is gone
};

// Thread-safe. Bounded by what is bounded before it: every reply belongs to a request that was let in.
class Outbox {
 public:
  // Readable while replies wait.
  int descriptor() const { return ready_.descriptor(); }

  void put(std::vector<Reply> replies) {
    if (replies.empty()) return;
    {
      const std::lock_guard lock(mutex_);
      for (Reply& reply : replies) replies_.push_back(std::move(reply));
    }
    ready_.signal();
  }

  std::vector<Reply> take() {
    ready_.clear();
    const std::lock_guard lock(mutex_);
    return std::exchange(replies_, {});
  }

 private:
  bus::EventFd ready_;
  std::mutex mutex_;  // guards replies_
  std::vector<Reply> replies_;
};

}  // namespace stream::broker
