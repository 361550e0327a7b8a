// The alarms a reporter-node holds, and at which URL each of them is.
//
// Bounded in alarms and bytes. A job is either at a URL (in flight, or in the short line behind it) or
// nowhere any more; a URL whose line is full is skipped, so that alarms with another one need not wait for
// it.
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
#include <stop_token>
#include <vector>

#include "delivery_policy.hpp"
#include "job.hpp"
#include "turns.hpp"
#include "url_lines.hpp"

namespace stream::reporter {

struct HoldingOptions {
  std::size_t alarms = 128;
  std::size_t bytes = std::size_t{64} << 20;
  UrlLinesOptions lines;
  BackoffOptions backoff;
};

// What is to be told to the queue about a job that is no longer at any URL. Never NextUrl.
struct Ending {
  Step step;
  std::string reason;  // the last verdict's
};

// Thread-safe.
class Holding {
 public:
  using JobPtr = std::shared_ptr<Job>;

  explicit Holding(const HoldingOptions& options);

  // Waits for room; how many more alarms may come, 0 when `stop` was requested or close() came.
  std::size_t room(const std::stop_token& stop);
  // Holds the job and sends it to the URL whose turn it is. Its end at once: no URL would have it. Held in
  // either case, until forget().
  std::optional<Ending> admit(const JobPtr& job);
  // Waits for a job that has its place at its URL; nothing after close(). after() must follow.
  JobPtr next();
  // The attempt is over: the place at the URL is free, and the job goes to the next URL or has come to an
  // end.
  std::optional<Ending> after(const JobPtr& job, const Verdict& verdict, std::chrono::milliseconds took);
  void forget(const Job& job);

  std::vector<JobPtr> jobs() const;
  std::size_t in_flight() const;
  std::size_t size() const;

  // No more attempts begin; those that wait for one come back, to be given to the queue.
  std::vector<JobPtr> close();
  // Whether the last attempt was over in time.
  bool wait_idle(std::chrono::milliseconds timeout);

 private:
  // These need mutex_.
  std::optional<Ending> place(const JobPtr& job);
  Ending ending(const Job& job, const Step& step, const std::string& reason);
  double random();

  const HoldingOptions options_;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable_any changed_;
  UrlLines lines_;
  Turns turns_;
  std::minstd_rand random_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, JobPtr> held_;
  std::size_t held_bytes_ = 0;
  std::deque<JobPtr> ready_;
  std::size_t in_flight_ = 0;
  bool closed_ = false;
};

}  // namespace stream::reporter
