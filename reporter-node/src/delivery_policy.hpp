// What an attempt means and what comes next. Pure arithmetic: no I/O, no clock, randomness passed in.
//
// One hand-out of an alarm is one round over its report URLs, each at most once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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
  std::string reason;                        // short and from a bounded set, for counters
  std::string detail;                        // for people, with the start of the answer
  std::chrono::milliseconds retry_after{0};  // as the receiver asked; 0: it did not
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

// Which of the report URLs get an alarm.
enum class Policy {
  kRoundRobin,  // one of them, taking turns
  kFailover,    // the first that takes it, in the order given
  kAll,         // each of them
};

// As in Alarm::report_policy; whatever else stands there is round robin.
Policy policy_of(std::string_view name);

// One round: which URLs are left to try, and how it ended. Confined to one thread at a time.
class Round {
 public:
  enum class End {
    kOpen,       // there are URLs left
    kDelivered,  // whoever was to get it has it
    kFailed,     // a URL that did not take it may do so later
    kRefused,    // all that did not take it refused it for good
  };

  // `urls`: the indexes of those to try, in this order; not empty.
  Round(Policy policy, std::vector<std::size_t> urls) : policy_(policy), left_(std::move(urls)) {}

  const std::vector<std::size_t>& left() const { return left_; }
  // REQUIRES: `url` is left.
  void after(std::size_t url, const Verdict& verdict);
  End end() const;

  // The URLs that took it in this round.
  const std::vector<std::size_t>& delivered() const { return delivered_; }
  // Why the others did not, for people.
  const std::string& reasons() const { return reasons_; }

 private:
  const Policy policy_;
  std::vector<std::size_t> left_;
  std::vector<std::size_t> delivered_;
  bool some_may_later_ = false;
  std::string reasons_;
};

}  // namespace stream::reporter
