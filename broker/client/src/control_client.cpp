#include "control_client.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "control_codec.hpp"
#include "stream/common/assert.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"

namespace stream::bus {
namespace {

constexpr std::int64_t kMaxAnswerBytes = 256LL * 1024 * 1024;
constexpr milliseconds kPingEvery{500};
constexpr std::chrono::seconds kHealthyFor{2};

}  // namespace

struct ControlClient::Call {
  const std::uint64_t id;
  const std::string bytes;
  const Clock::time_point deadline;
  std::optional<Result<control::Outcome>> result;  // guarded by the client's mutex
};

ControlClient::ControlClient(zmq::context_t& context, const std::string& endpoint, const ClientKeys& keys)
    : socket_(context, zmq::socket_type::dealer), monitor_(context, zmq::socket_type::pair) {
  set_control_options(socket_, kMaxAnswerBytes);
  set_client_options(socket_, keys);
  // The broker knows us again by this name when we come back before it noticed that we were gone.
  socket_.set(zmq::sockopt::routing_id, random_hex(16));
  // Only to a connection that stands: what waits, waits in waiting_, where it can expire.
  socket_.set(zmq::sockopt::immediate, 1);
  const std::string monitor_endpoint = "inproc://control-monitor-" + random_hex(8);
  const int events = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
  const int monitored = zmq_socket_monitor(socket_.handle(), monitor_endpoint.c_str(), events);
  STREAM_ASSERT(monitored == 0, "zmq_socket_monitor: {}", zmq_strerror(zmq_errno()));
  monitor_.set(zmq::sockopt::linger, 0);
  monitor_.connect(monitor_endpoint);
  socket_.connect(endpoint);
  // From here on both sockets belong to the thread.
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ControlClient::~ControlClient() {
  thread_.request_stop();
  wake_.signal();
  thread_.join();
}

ControlClient::Ticket ControlClient::start(control::Operation operation, milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = ++last_id_;
  }
  auto ticket =
      std::make_shared<Call>(id, control::encode(control::Request{id, std::move(operation)}), deadline);
  {
    const std::lock_guard lock(mutex_);
    new_calls_.push_back(ticket);
  }
  wake_.signal();
  return ticket;
}

std::optional<Result<control::Outcome>> ControlClient::wait(const Ticket& ticket, milliseconds timeout) {
  std::unique_lock lock(mutex_);
  answered_.wait_for(lock, timeout, [&] { return ticket->result.has_value(); });
  return ticket->result;
}

Result<control::Outcome> ControlClient::call(control::Operation operation, milliseconds patience) {
  const Ticket ticket = start(std::move(operation), patience);
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [&] { return ticket->result.has_value(); });  // the I/O thread ends every call in time
  return std::move(*ticket->result);
}

bool ControlClient::healthy() const {
  const Clock::rep last = last_answer_;
  return last != 0 && Clock::now() - Clock::time_point(Clock::duration(last)) <= kHealthyFor;
}

void ControlClient::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    wake_.clear();
    accept_new_calls();
    const auto now = Clock::now();
    expire(now);
    ping_when_due(now);
    send_waiting();
    if (stop.stop_requested()) break;  // after the clear(), which may have taken the signal to stop
    const short socket_events = waiting_.empty() ? ZMQ_POLLIN : ZMQ_POLLIN | ZMQ_POLLOUT;
    std::array<zmq::pollitem_t, 3> waits{{{socket_.handle(), 0, socket_events, 0},
                                          {monitor_.handle(), 0, ZMQ_POLLIN, 0},
                                          {nullptr, wake_.descriptor(), ZMQ_POLLIN, 0}}};
    wait_for(waits, time_to_wait(now));
    take_answers();
    watch_connection();
  }
  accept_new_calls();
  for (const Ticket& ticket : waiting_) finish(ticket, fail(ErrorCode::kUnavailable, "the bus was closed"));
  for (const auto& [id, ticket] : in_flight_)
    finish(ticket, fail(ErrorCode::kUnavailable, "the bus was closed"));
}

void ControlClient::accept_new_calls() {
  const std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.end(), new_calls_.begin(), new_calls_.end());
  new_calls_.clear();
}

void ControlClient::expire(Clock::time_point now) {
  std::erase_if(waiting_, [&](const Ticket& ticket) {
    if (ticket->deadline > now) return false;
    finish(ticket, fail(ErrorCode::kUnavailable, "the broker could not be reached in time"));
    return true;
  });
  std::erase_if(in_flight_, [&](const auto& entry) {
    if (entry.second->deadline > now) return false;
    finish(entry.second, fail(ErrorCode::kUnavailable, "the broker did not answer in time"));
    return true;
  });
}

void ControlClient::ping_when_due(Clock::time_point now) {
  if (now < next_ping_) return;
  next_ping_ = now + kPingEvery;
  const std::lock_guard lock(mutex_);
  if (ping_ && !ping_->result) return;
  const std::uint64_t id = ++last_id_;
  ping_ =
      std::make_shared<Call>(id, control::encode(control::Request{id, control::Ping{}}), now + kHealthyFor);
  waiting_.push_back(ping_);
}

void ControlClient::send_waiting() {
  while (!waiting_.empty()) {
    const Ticket& ticket = waiting_.front();
    if (!socket_.send(zmq::buffer(ticket->bytes), zmq::send_flags::dontwait)) return;
    in_flight_.emplace(ticket->id, ticket);
    waiting_.pop_front();
  }
}

void ControlClient::take_answers() {
  zmq::message_t message;
  while (socket_.recv(message, zmq::recv_flags::dontwait)) {
    if (message.more()) {
      drop_rest(socket_, message);
      continue;
    }
    auto answer = control::decode_answer(message.to_string_view());
    if (!answer) {
      if (const auto held_back = complaints_.admit(Clock::now())) {
        log::warn("bus_answer_not_understood", {{"reason", answer.error().message}, {"more", *held_back}});
      }
      continue;
    }
    last_answer_ = Clock::now().time_since_epoch().count();
    const auto call = in_flight_.find(answer->id);
    if (call == in_flight_.end()) continue;  // expired meanwhile
    finish(call->second, std::move(answer->outcome));
    in_flight_.erase(call);
  }
}

void ControlClient::watch_connection() {
  zmq::message_t event;
  while (monitor_.recv(event, zmq::recv_flags::dontwait)) {
    std::uint16_t number = 0;
    if (event.size() >= sizeof number) std::memcpy(&number, event.data(), sizeof number);
    drop_rest(monitor_, event);
    if (number == ZMQ_EVENT_DISCONNECTED) {
      for (const auto& [id, ticket] : in_flight_) {
        finish(ticket,
               fail(ErrorCode::kUnavailable, "the connection to the broker broke before the answer came"));
      }
      in_flight_.clear();
    } else if (const auto held_back = complaints_.admit(Clock::now())) {
      log::warn("bus_handshake_failed", {{"hint", "keys or versions do not fit"}, {"more", *held_back}});
    }
  }
}

void ControlClient::finish(const Ticket& ticket, Result<control::Outcome> result) {
  {
    const std::lock_guard lock(mutex_);
    ticket->result = std::move(result);
  }
  answered_.notify_all();
}

milliseconds ControlClient::time_to_wait(Clock::time_point now) const {
  auto next = next_ping_;
  for (const Ticket& ticket : waiting_) next = std::min(next, ticket->deadline);
  for (const auto& [id, ticket] : in_flight_) next = std::min(next, ticket->deadline);
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(next - now));
}

}  // namespace stream::bus
