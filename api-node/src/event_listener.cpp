#include "event_listener.hpp"

#include "stream/common/log.hpp"
#include "stream/common/secrets.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api {
namespace {

constexpr std::string_view kEventPrefix = "event/";
constexpr std::string_view kStreamError = "stream_error";

}  // namespace

EventListener::EventListener(bus::Bus& bus, TaskBook& book, Metrics& metrics)
    : book_(book),
      received_(metrics.counter("stream_api_events_received_total", "Task events received")),
      lost_(metrics.counter("stream_api_events_lost_total", "Task events that went missing on the way")),
      malformed_(metrics.counter("stream_api_events_dropped_total", "Task events dropped",
                                 {{"reason", "malformed"}})),
      thread_([this, &bus](const std::stop_token& stop) { work(stop, bus); }) {}

void EventListener::work(const std::stop_token& stop, bus::Bus& bus) {
  constexpr auto kPatience = std::chrono::milliseconds(200);
  const auto subscriber = bus.make_subscriber({bus::Subscriber::Role::kObserver});
  subscriber->subscribe(kEventPrefix);
  while (!stop.stop_requested()) {
    const bus::ReceiveOutcome outcome = subscriber->receive(kPatience);
    if (const auto* message = std::get_if<bus::Received>(&outcome)) {
      take(*message);
    } else if (std::holds_alternative<bus::Malformed>(outcome)) {
      malformed_.add();
    }
  }
}

void EventListener::take(const bus::Received& message) {
  if (message.topic == topics::kSystemEvent) return;  // not of a task
  received_.add();
  lost_.add(static_cast<double>(message.lost));
  const auto event = decode<TaskEvent>(message.payload);
  if (!event) {
    malformed_.add();
    return;
  }
  if (event->kind != kStreamError) return;
  book_.set_stream_error(event->task_id, event->algorithm, {mask_secrets(event->text), event->at_us});
}

}  // namespace stream::api
