// Virtual time: events in the order of their times, those of one time in the order they were made.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace stream::simulation {

using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
using std::chrono::milliseconds;

// Confined to one thread.
class Timeline {
 public:
  Time now() const { return now_; }

  void after(Duration delay, std::function<void()> what) {
    events_.push({now_ + delay, ++made_, std::move(what)});
  }

  // Runs the next event. False: there is none.
  bool step() {
    if (events_.empty()) return false;
    // The queue shows its top as const; it is removed at once, so nobody sees what is moved out of it.
    Event event = std::move(const_cast<Event&>(events_.top()));
    events_.pop();
    now_ = event.at;
    event.what();
    return true;
  }

 private:
  struct Event {
    Time at;
    std::uint64_t number = 0;
    std::function<void()> what;
    bool operator<(const Event& other) const {
      return at != other.at ? at > other.at : number > other.number;  // the earliest is on top
    }
  };

  Time now_{std::chrono::hours(1)};
  std::uint64_t made_ = 0;
  std::priority_queue<Event> events_;
};

}  // namespace stream::simulation
