#include "control_server.hpp"

#include <array>
#include <utility>

#include "control_codec.hpp"
#include "limits.hpp"
#include "stream/common/log.hpp"
#include "zmq_setup.hpp"

namespace stream::broker {
namespace {

namespace control = bus::control;

constexpr int kRequestsAtOnce = 1000;  // then the answers have their turn

constexpr const char* kDropped = "stream_broker_dropped_total";
constexpr const char* kDroppedHelp = "requests and answers that were dropped";

std::vector<Counter> operation_counters(Metrics& metrics) {
  std::vector<Counter> counters;
  for (const std::string_view name : control::kOperationNames) {
    counters.push_back(metrics.counter("stream_broker_operations_total", "well-formed requests",
                                       {{"operation", std::string(name)}}));
  }
  return counters;
}

}  // namespace

ControlServer::ControlServer(zmq::socket_t socket, Storage& storage, Outbox& outbox, Metrics& metrics)
    : storage_(storage),
      outbox_(outbox),
      operations_(operation_counters(metrics)),
      received_(metrics.counter("stream_broker_requests_received_total", "requests that came in")),
      sent_(metrics.counter("stream_broker_answers_sent_total", "answers that went out")),
      received_bytes_(metrics.counter("stream_broker_requests_received_bytes_total", "bytes of requests")),
      sent_bytes_(metrics.counter("stream_broker_answers_sent_bytes_total", "bytes of answers")),
      malformed_(metrics.counter(kDropped, kDroppedHelp, {{"reason", "malformed"}})),
      gone_(metrics.counter(kDropped, kDroppedHelp, {{"reason", "client_gone"}})),
      slow_(metrics.counter(kDropped, kDroppedHelp, {{"reason", "client_slow"}})),
      socket_(std::move(socket)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

ControlServer::~ControlServer() {
  thread_.request_stop();
  stop_.signal();
  thread_.join();
}

void ControlServer::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::array<zmq::pollitem_t, 3> waits{{{socket_.handle(), 0, ZMQ_POLLIN, 0},
                                          {nullptr, outbox_.descriptor(), ZMQ_POLLIN, 0},
                                          {nullptr, stop_.descriptor(), ZMQ_POLLIN, 0}}};
    bus::wait_for(waits, std::chrono::milliseconds(-1));
    take_requests();
    for (const Reply& reply : outbox_.take()) send(reply);
  }
}

void ControlServer::take_requests() {
  for (int i = 0; i < kRequestsAtOnce; ++i) {
    zmq::message_t client;
    if (!socket_.recv(client, zmq::recv_flags::dontwait)) return;
    received_.add();
    if (!client.more()) {
      malformed("found an empty message");
      continue;
    }
    const zmq::message_t request = bus::receive_part(socket_);
    if (request.more()) {
      bus::drop_rest(socket_, request);
      malformed("found several parts, expected one");
      continue;
    }
    received_bytes_.add(static_cast<double>(request.size()));
    handle(client.to_string(), request.to_string_view());
  }
}

void ControlServer::handle(std::string client, std::string_view bytes) {
  auto request = control::decode_request(bytes);
  if (!request) {
    malformed(request.error().error.message);
    if (request.error().id) {
      send({client,
            {*request.error().id, control::Failed{ErrorCode::kInvalid, request.error().error.message}},
            {}});
    }
    return;
  }
  const std::uint64_t id = request->id;
  if (const auto status = check_limits(request->operation); !status) {
    malformed(status.error().message);
    send({client, {id, control::Failed{status.error().code, status.error().message}}, {}});
    return;
  }
  operations_[request->operation.index()].add();
  if (!storage_.submit({client, std::move(*request)})) {
    send({std::move(client), {id, control::Failed{ErrorCode::kUnavailable, "the broker is overloaded"}}, {}});
  }
}

void ControlServer::send(const Reply& reply) {
  const std::string bytes = control::encode(reply.answer);
  bool gone = false;
  try {
    const bool accepted =
        socket_.send(zmq::buffer(reply.client), zmq::send_flags::dontwait | zmq::send_flags::sndmore)
            .has_value();
    if (accepted && socket_.send(zmq::buffer(bytes), zmq::send_flags::dontwait)) {
      sent_.add();
      sent_bytes_.add(static_cast<double>(bytes.size()));
      return;
    }
  } catch (const zmq::error_t&) {
    gone = true;  // EHOSTUNREACH, by ROUTER_MANDATORY
  }
  (gone ? gone_ : slow_).add();
  const auto* deliveries = std::get_if<control::Deliveries>(&reply.answer.outcome);
  if (deliveries == nullptr || deliveries->deliveries.empty()) return;
  // Nobody has them: others need not wait until the lease is over.
  std::vector<Lease> leases;
  for (const auto& delivery : deliveries->deliveries)
    leases.push_back({reply.queue, delivery.id, delivery.token});
  storage_.give_back(std::move(leases));
}

void ControlServer::malformed(std::string_view reason) {
  malformed_.add();
  if (const auto held_back = complaints_.admit(std::chrono::steady_clock::now())) {
    log::warn("request_malformed", {{"reason", reason}, {"more", *held_back}});
  }
}

}  // namespace stream::broker
