// What report URLs were sent, and whether it is what had to be sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bad_receiver.hpp"
#include "form.hpp"
#include "script.hpp"

namespace stream::faults {

using reporter::test::Reply;

struct Posted {
  Clock::time_point at;
  std::string id;   // AlarmID of the body
  std::string key;  // Idempotency-Key
  std::uint32_t attempt = 0;
  std::string task;
  std::int64_t frame = 0;
  std::vector<std::string> labels;  // of its events
  bool taken = false;               // answered so that the sender knows it is delivered
};

// A report URL that behaves as it is told, and writes down every POST. Thread-safe.
class AlarmSink {
 public:
  AlarmSink();
  std::string url() const { return receiver_.url(); }
  // From the next connection on.
  void behave(const Reply& reply);
  // Asked at each connection in place of the one reply.
  void behave(std::function<Reply(std::size_t number)> behaviour);

  std::vector<Posted> posts() const;
  std::size_t taken() const;  // POSTs that were
  std::size_t most_at_once() const { return receiver_.most_at_once(); }

 private:
  Reply reply_to(std::size_t number) const;
  void write_down(reporter::test::Post& post, const Reply& reply);

  mutable std::mutex mutex_;  // guards everything down to the next blank line
  std::function<Reply(std::size_t)> behaviour_;
  std::vector<Posted> posts_;
  std::size_t taken_ = 0;

  reporter::test::BadReceiver receiver_;  // last: its threads use the above
};

// When a POST may have been taken without its sender knowing: while a reporter-node was killed or frozen.
struct Doubt {
  Clock::time_point from, to;
};

struct Verdict {
  std::size_t expected = 0, lost = 0, wrong = 0, decided_twice = 0;
  std::size_t repeats = 0;       // POSTs of an alarm that had been taken already
  std::size_t not_in_doubt = 0;  // those of them that nothing excuses
  std::string details;           // of the first few things that are wrong
};

// `expected`: the episodes of each task. Every POST that was taken counts.
Verdict judge(const std::map<std::string, std::vector<Episode>>& expected, const std::vector<Posted>& posts,
              const std::vector<Doubt>& doubts);

}  // namespace stream::faults
