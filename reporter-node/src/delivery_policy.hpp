// What an attempt means and what comes next. Pure arithmetic: no I/O, no clock, randomness passed in.
//
// One hand-out of an alarm is one round over its report URLs, each at most once. Delivered by one: done. All
// refused for good: set aside. Otherwise: the whole round again, later.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "answer.hpp"

namespace stream::reporter {

enum class Outcome {
  kDelivered,
  kRetry,    // may succeed later
  kRefused,  // the same POST will be refused again
};

std::string_view to_string(Outcome outcome);  // as in ReportResult and in metrics

struct Verdict {
  Outcome outcome = Outcome::kRetry;
  std::string reason;  // short and from a bounded set, for counters
  std::string detail;  // for people, with the start of the answer
};

// Delivered is a 2xx status without a non-zero `code` or `Code` in a JSON object. Worth another try: no or
// half an answer, 408, 425, 429, 5xx except 501 and 505, and application-web's "picture save error" when
// `scene_is_sound` (a whole JPEG): then it is the receiver's disk that is full. Everything else, redirects
// included, is a refusal.
Verdict judge(const Answer& answer, bool scene_is_sound);

struct BackoffOptions {
  std::chrono::milliseconds first{1000};
  std::chrono::milliseconds most{120000};
};

// Before attempt + 1: doubles with every attempt up to `most`; of that, between a half and the whole, by
// `random` in [0, 1).
std::chrono::milliseconds backoff(const BackoffOptions& options, std::uint32_t attempt, double random);

struct Done {};
struct NextUrl {};  // url() says which
struct Again {
  std::chrono::milliseconds in;
};
struct SetAside {
  std::string reason;
};
using Step = std::variant<Done, NextUrl, Again, SetAside>;

// One round. Confined to one thread at a time.
class DeliveryPolicy {
 public:
  // `urls` > 0 URLs, beginning with `first`; `attempt` is the hand-out's, from 1.
  DeliveryPolicy(std::size_t urls, std::size_t first, std::uint32_t attempt, BackoffOptions backoff);

  // Index of the URL whose turn it is. REQUIRES: the last step was NextUrl, or there was none yet.
  std::size_t url() const;
  // Number of this attempt for X-Attempt. 1: nobody has been sent this alarm yet. It never repeats within an
  // alarm, and may skip numbers.
  std::uint32_t attempt_number() const;

  Step after(const Verdict& verdict, double random);

 private:
  std::size_t urls_;
  std::size_t first_;
  std::uint32_t attempt_;
  BackoffOptions backoff_;
  std::size_t tried_ = 0;
  bool worth_another_try_ = false;
  std::string refusals_;
};

}  // namespace stream::reporter
