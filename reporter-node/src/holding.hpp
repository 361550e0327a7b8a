// The alarms a reporter-node holds, at which URL each of them is, and which alarms it could do with.
//
// Bounded in alarms and bytes. A job is in flight at a URL, in the short line behind one, or about to be
// settled. What finds no place at any of its URLs goes back to the queue at once, in a group that stands for
// its URLs, and that group is not pulled before one of them has room again: so alarms for dead receivers are
// read once and take nobody's place.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "delivery_policy.hpp"
#include "job.hpp"
#include "turns.hpp"
#include "url_lines.hpp"

namespace stream::reporter {

struct HoldingOptions {
  std::size_t alarms = 256;
  std::size_t bytes = std::size_t{128} << 20;
  UrlLinesOptions lines;
  BackoffOptions backoff;
};

// What becomes of a job that is no longer at any URL.
struct Ending {
  enum class Kind {
    kDelivered,
    kDeferred,  // no URL had room; nothing was tried
    kFailed,    // tried, and worth trying again
    kRefused,   // refused by all
    kUnusable,  // no URL that could be asked, ever
    kTaken,     // somebody else is at work on it
    kDone,      // somebody else has delivered it
    kLost,      // somebody else has it by now: it is not ours to settle
    kStopped,   // given back because the node stops
  };
  Kind kind = Kind::kStopped;
  std::chrono::milliseconds in{0};  // when to come again: kDeferred, kFailed
  std::string group;                // into which: kDeferred, kFailed
  std::string reason;               // the last verdict's, for counters
};

// What to pull from the queue now.
struct Pulls {
  std::vector<std::string> shut;  // groups none of whose URLs has room for a batch
  std::vector<std::string> due;   // of those: a single alarm would find a place, to try its URL
  bool soon = false;              // one of them may have room any moment
};

// Thread-safe. Times are passed in, so that tests need not wait.
class Holding {
 public:
  using JobPtr = std::shared_ptr<Job>;
  using Time = UrlLines::Time;

  // Something to do for a job: POST it to its URL (`ending` is empty), or settle it.
  struct Work {
    JobPtr job;
    std::optional<Ending> ending;
  };

  explicit Holding(const HoldingOptions& options);

  // How many alarms pulled at once find room at a URL that is not shut.
  std::size_t batch() const { return batch_; }
  // Waits for room; how many more alarms may come, 0 when `stop` was requested or close() came.
  std::size_t room(const std::stop_token& stop);
  // Also sends away who waits at a URL that has become slow.
  Pulls pulls(Time now);
  // A due group has no alarms in the queue.
  void group_is_empty(const std::string& group);

  // Holds the job until forget(), and finds it a place. With `ending`: it is only to be settled.
  void admit(const JobPtr& job, Time now, std::optional<Ending> ending = {});
  // Waits for something to do; no job after close(). After a POST after() or give_up() must follow, after a
  // settlement forget().
  Work next();
  // The attempt is over: the place at the URL is free, and the job goes to the next URL or has come to an
  // end.
  std::optional<Ending> after(const JobPtr& job, const Verdict& verdict, std::chrono::milliseconds took,
                              Time now);
  // There was no attempt.
  Ending give_up(const JobPtr& job, Ending::Kind kind, Time now);
  void forget(const Job& job);

  bool holds(const std::string& alarm_id) const;
  // How many jobs have something to be done and no thread that waits for it in next().
  std::size_t missing_hands() const;
  std::vector<JobPtr> jobs() const;
  std::size_t in_flight() const;
  std::size_t size() const;

  // No more attempts begin; what waits comes back, to be settled by the caller.
  std::vector<Work> close();
  // Whether the last attempt was over in time.
  bool wait_idle(std::chrono::milliseconds timeout);

 private:
  // These need mutex_.
  void place_or_end(const JobPtr& job, Time now);
  std::optional<Ending> place(const JobPtr& job, Time now);
  Ending over(const Job& job, const std::string& reason, Time now);
  void take_up(const UrlLines::Left& left, Time now);
  bool all_open(const std::vector<std::string>& urls) const;
  std::vector<std::string> urls_of(const Job& job, const std::vector<std::size_t>& indexes) const;
  std::string shut(const std::vector<std::string>& urls);
  double random();

  const HoldingOptions options_;
  const std::size_t batch_;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable_any changed_;
  UrlLines lines_;
  Turns turns_;
  std::minstd_rand random_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, JobPtr> held_;
  std::multiset<std::string> held_ids_;
  std::size_t held_bytes_ = 0;
  std::deque<Work> work_;
  std::map<std::string, std::vector<std::string>> shut_;  // groups and their URLs
  std::size_t idle_ = 0;                                  // threads in next()
  std::size_t in_flight_ = 0;
  bool closed_ = false;
};

}  // namespace stream::reporter
