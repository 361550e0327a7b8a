// Named places at which a test can make a process die, to see what is left behind.
//
//   bus.cas(...);
//   fail_point("logic.after_commit");
//
// Nothing happens unless STREAM_FAIL_POINT names the place: <name>[:<n>[:<file>]], several with commas
// between. Then the process ends by SIGKILL when it comes there for the n-th time (default: the first). With
// a file it creates that file first, and goes on when it exists already: so one death is had among many
// processes and restarts, and the file says that it was.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stream/common/result.hpp"

namespace stream {

// All of them: before and after everything a node does for others to see. What tests/faults kills, one by
// one.
inline constexpr std::array kFailPoints = std::to_array<std::string_view>({
    "broker.before_commit",  // a batch of writes
    "broker.after_commit",   // its answers have not gone out
    "api.before_create",     // the cas of a new task record
    "api.after_create",      // the request is not answered
    "api.before_delete",     // the cas that deletes a record
    "api.after_delete",      // its processes still run
    "api.before_launch",     // of a stream process
    "api.after_launch",
    "ingest.before_publish",  // a frame's metadata
    "ingest.after_publish",   // the post is not answered
    "logic.before_takeover",  // the cas that makes a task's state ours
    "logic.after_takeover",
    "logic.before_replay",  // fetching the frames that were missed
    "logic.after_replay",
    "logic.before_pictures",  // fetching the pictures of an alarm
    "logic.after_pictures",
    "logic.before_commit",  // the cas of a state with an alarm in its outbox
    "logic.after_commit",
    "logic.before_enqueue",  // of an alarm
    "logic.after_enqueue",
    "logic.before_save",  // the cas of a state without a new alarm
    "logic.after_save",
    "logic.before_release",  // the cas that gives a task up
    "logic.after_release",
    "reporter.after_pull",    // alarms are leased, not claimed
    "reporter.before_claim",  // the cas that says who posts an alarm
    "reporter.after_claim",    "reporter.before_post",
    "reporter.after_post",  // the receiver may have it, nobody else knows
    "reporter.before_ack",  // of what was delivered
    "reporter.after_ack",
    "reporter.after_forget",    // the claim is deleted
    "reporter.before_release",  // the cas that says what has been tried
    "reporter.after_release",   // the queue does not know that the alarm is to come again
});

// One of them; a name that is not among them does not compile. A value.
class FailPoint {
 public:
  // Implicit, so that a call reads fail_point("logic.after_commit").
  consteval FailPoint(const char* name)  // NOLINT(google-explicit-constructor)
      : index_(index_of(name)) {}
  constexpr std::size_t index() const { return index_; }

 private:
  static consteval std::size_t index_of(std::string_view name) {
    std::size_t index = 0;
    while (kFailPoints.at(index) != name) ++index;
    return index;
  }

  std::size_t index_;
};

namespace detail {
static_assert(kFailPoints.size() <= 64, "a bit for each");
extern std::atomic<std::uint64_t> armed_fail_points;  // bit i: kFailPoints[i]
void pass_armed_fail_point(std::size_t index);
}  // namespace detail

// Thread-safe. Costs one relaxed load.
inline void fail_point(FailPoint point) {
  const std::uint64_t armed = detail::armed_fail_points.load(std::memory_order_relaxed);
  if ((armed >> point.index() & 1U) != 0) detail::pass_armed_fail_point(point.index());
}

// Reads STREAM_FAIL_POINT; start_node() does it. kInvalid when it names no place or no number. Call before
// any thread exists.
Status arm_fail_points();

}  // namespace stream
