// A call-back that can be replaced while another thread runs it.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace stream::bus {

// Thread-safe. After set() returned the former function is not running and will not run again; so a function
// must not call set() on its own slot.
class ListenerSlot {
 public:
  void set(std::function<void()> listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }
  void run() {
    const std::lock_guard lock(mutex_);
    if (listener_) listener_();
  }

 private:
  std::mutex mutex_;  // held while the function runs
  std::function<void()> listener_;
};

}  // namespace stream::bus
