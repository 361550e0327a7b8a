// Asks the broker and waits for answers: one DEALER socket on a thread of its own, any number of callers.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "control.hpp"
#include "event_fd.hpp"
#include "stream/common/rate_limit.hpp"
#include "stream/common/result.hpp"
#include "zmq_setup.hpp"

namespace stream::bus {

// Thread-safe. A request is sent at most once: it is dropped when its time is up before there is a
// connection, and it fails when the connection breaks before the answer came. So no old write turns up after
// a reconnect.
class ControlClient {
 public:
  // One question that has been asked. Shared by the caller and the I/O thread; what changes is guarded by the
  // client's mutex.
  struct Call;
  using Ticket = std::shared_ptr<Call>;

  ControlClient(zmq::context_t& context, const std::string& endpoint, const ClientKeys& keys);
  ~ControlClient();
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;

  // Begins to ask. After `patience` without an answer the call has failed.
  Ticket start(control::Operation operation, milliseconds patience);
  // Waits at most `timeout` for the answer; empty when it is still to come. A failure is kUnavailable: nobody
  // knows whether the operation was done.
  std::optional<Result<control::Outcome>> wait(const Ticket& ticket, milliseconds timeout);
  Result<control::Outcome> call(control::Operation operation, milliseconds patience);

  // Something was answered within the last two seconds. Asked often enough by pings.
  bool healthy() const;

 private:
  using Clock = std::chrono::steady_clock;

  // The I/O thread's.
  void run(const std::stop_token& stop);
  void accept_new_calls();
  void expire(Clock::time_point now);
  void ping_when_due(Clock::time_point now);
  void send_waiting();
  void take_answers();
  void watch_connection();
  void finish(const Ticket& ticket, Result<control::Outcome> result);
  milliseconds time_to_wait(Clock::time_point now) const;

  EventFd wake_;
  std::atomic<Clock::rep> last_answer_{0};  // 0: never

  std::mutex mutex_;  // guards everything in this group and the results of calls
  std::condition_variable answered_;
  std::vector<Ticket> new_calls_;
  std::uint64_t last_id_ = 0;

  // The I/O thread's.
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  std::deque<Ticket> waiting_;                 // not sent yet
  std::map<std::uint64_t, Ticket> in_flight_;  // by id
  Ticket ping_;
  Clock::time_point next_ping_{};
  RateLimit complaints_{std::chrono::seconds(10)};

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::bus
