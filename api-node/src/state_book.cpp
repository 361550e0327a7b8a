#include "state_book.hpp"

#include <utility>

#include "state_message.hpp"
#include "stream/common/clock.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api {
void StateBook::take(const StateReport& report, Clock::time_point now) {
  const std::int64_t now_us = unix_us();
  const std::lock_guard lock(mutex_);
  for (const TaskState& state : report.tasks) {
    HeardTask& task = tasks_[state.task_id];
    // While a task is handed over the former node still tells how it ends what it had.
    if (task.node != report.node && task.task.revision > state.revision) continue;
    task = {report.node, from_message(state), now, now_us};
  }
  forget_old(now);
  heard_.notify_all();
}

void StateBook::forget_old(Clock::time_point now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kForgetAfter;
  std::erase_if(tasks_, [now](const auto& entry) { return now - entry.second.at >= kForgetAfter; });
}

std::optional<HeardTask> StateBook::find(const std::string& task_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = tasks_.find(task_id);
  if (found == tasks_.end()) return std::nullopt;
  return found->second;
}

std::optional<Changes> StateBook::changes_of(const std::string& task_id, bus::Revision revision,
                                             std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  const auto is_told = [&] {
    const auto found = tasks_.find(task_id);
    return found != tasks_.end() && found->second.task.revision >= revision;
  };
  if (!heard_.wait_for(lock, timeout, is_told)) return std::nullopt;
  const SupervisedTask& task = tasks_.at(task_id).task;
  if (task.revision != revision) return std::nullopt;  // another change came after it
  return task.changes;
}

StateListener::StateListener(bus::Bus& bus, StateBook& book, std::string self, Metrics& metrics)
    : book_(book),
      self_(std::move(self)),
      received_(metrics.counter("stream_api_state_reports_received_total",
                                "Messages of other api-nodes about their tasks")),
      malformed_(metrics.counter("stream_api_state_reports_malformed_total",
                                 "Messages of other api-nodes that cannot be read")),
      thread_([this, &bus](const std::stop_token& stop) { work(stop, bus); }) {}

void StateListener::work(const std::stop_token& stop, bus::Bus& bus) {
  constexpr auto kPatience = std::chrono::milliseconds(200);
  const std::string own = topics::state(self_);
  const auto subscriber = bus.make_subscriber({bus::Subscriber::Role::kObserver});
  subscriber->subscribe(topics::kStateTopics);
  while (!stop.stop_requested()) {
    const bus::ReceiveOutcome outcome = subscriber->receive(kPatience);
    const auto* message = std::get_if<bus::Received>(&outcome);
    if (message == nullptr || message->topic == own) continue;
    received_.add();
    const auto report = decode<StateReport>(message->payload);
    if (report) {
      book_.take(*report, StateBook::Clock::now());
    } else {
      malformed_.add();
    }
  }
}

}  // namespace stream::api
