// One thing that is well or not, seen again and again, and when people are to be told: once when it has gone
// bad, once when it is well again for good. Pure: the clock is passed in.
//
//   seen    bad bad good bad good bad good . . . . . . good
//   told    raised               |<-- clear_after -->| cleared, 2 flaps
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace stream::events {

struct ConditionOptions {
  std::chrono::milliseconds raise_after{0};      // seen bad for so long, and never well in between
  std::chrono::milliseconds clear_after{10000};  // well for so long, and never seen bad in between
};

// A value. Confined to one thread at a time.
class Condition {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Edge { kRaised, kCleared };

  explicit Condition(const ConditionOptions& options) : options_(options) {}

  // One that a former process of ours has told to be bad; it counts as seen just now.
  static Condition raised_before(const ConditionOptions& options, TimePoint now);

  // It was seen just now. Only being seen can raise it: what was bad once and is not looked at any more is
  // not known to be bad.
  std::optional<Edge> see(bool bad, TimePoint now);
  // Time has passed. Call it often, or what is over is told late.
  std::optional<Edge> look(TimePoint now);

  // It was told to be bad, and not yet to be over.
  bool raised() const { return raised_; }
  // Well, as far as anybody knows or was told: an instance made anew would do as well.
  bool idle() const { return !raised_ && !bad_; }
  // When it was last seen, and when it became as it was seen then. REQUIRES: it was seen.
  TimePoint seen() const { return seen_; }
  TimePoint since() const { return since_; }
  // How often it was well since it was raised, and then was not.
  std::uint32_t flaps() const { return flaps_; }

 private:
  ConditionOptions options_;
  bool bad_ = false;
  bool raised_ = false;
  TimePoint since_{}, seen_{};
  std::uint32_t flaps_ = 0;
};

}  // namespace stream::events
