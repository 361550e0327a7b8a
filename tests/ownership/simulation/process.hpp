// A process that can be killed and frozen. Whatever happens to it goes through deliver().
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "timeline.hpp"

namespace stream::simulation {

// Confined to one thread. A killed one is never used again.
class Process : public std::enable_shared_from_this<Process> {
 public:
  Process(Timeline& timeline, std::string machine) : timeline_(timeline), machine_(std::move(machine)) {}

  const std::string& machine() const { return machine_; }
  bool alive() const { return alive_; }
  bool frozen() const { return frozen_; }

  // Now, or when it thaws, or never when it is dead by then.
  void deliver(std::function<void()> what) {
    if (!alive_) return;
    if (frozen_) {
      waiting_.push_back(std::move(what));
    } else {
      what();
    }
  }
  void after(Duration delay, std::function<void()> what) {
    timeline_.after(delay, [self = shared_from_this(), what = std::move(what)]() mutable {
      self->deliver(std::move(what));
    });
  }
  void kill() {
    alive_ = false;
    waiting_.clear();
  }
  void freeze() { frozen_ = true; }
  void thaw() {
    frozen_ = false;
    while (!frozen_ && alive_ && !waiting_.empty()) {
      const auto what = std::move(waiting_.front());
      waiting_.pop_front();
      what();
    }
  }

 private:
  Timeline& timeline_;
  const std::string machine_;
  bool alive_ = true;
  bool frozen_ = false;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace stream::simulation
