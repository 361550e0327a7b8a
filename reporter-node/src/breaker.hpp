// Whether a receiver may be asked just now, judged by how it answered before. Pure arithmetic: the clock is
// passed in.
//
//   unknown --answer--> trusted --2 failures in a row--> on trial --5 in a row--> open
//
// An answer makes it trusted from wherever it is. On trial and while unknown one attempt at a time may run;
// while open none may until its rest is over: 30 s after the first opening, 60 s after the second in a row,
// and so on. When whoever asks has nobody else to turn to, the rest is cut to `last_resort`.
#pragma once

#include <chrono>
#include <cstdint>

namespace stream::reporter {

struct BreakerOptions {
  std::uint32_t trusted_below = 2;  // failures in a row
  std::uint32_t opens_at = 5;       // failures in a row
  std::chrono::milliseconds rest{30'000};
  std::chrono::milliseconds longest_rest{300'000};
  std::chrono::milliseconds last_resort{5'000};
};

// A value. Confined to one thread at a time.
class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Breaker(const BreakerOptions& options) : options_(options) {}

  // It has answered, whatever it said.
  void answered();
  // It has not, or asked for another try later. What fails while the breaker is open (attempts that were
  // under way when it opened, last resorts) does not lengthen the rest.
  void failed(Time now);
  // It asked not to be asked before then (Retry-After).
  void asked_to_wait(Time until);

  bool trusted() const { return known_ && failures_ < options_.trusted_below; }
  bool open() const { return failures_ >= options_.opens_at; }
  // When it may be asked again; Time{} when at any time.
  Time next_try(bool last_resort) const;

 private:
  BreakerOptions options_;
  bool known_ = false;          // it has answered once
  std::uint32_t failures_ = 0;  // in a row
  std::uint32_t openings_ = 0;  // in a row
  Time failed_at_{};
  Time rests_until_{};
  Time asked_until_{};
};

}  // namespace stream::reporter
