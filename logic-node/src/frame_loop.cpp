#include "frame_loop.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "objects.hpp"
#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::logic {
namespace {

constexpr bus::milliseconds kAssignmentCheck{50};
constexpr std::size_t kMostTaskCounters = 2000;

std::int64_t unix_time_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

FrameLoop::FrameLoop(bus::Bus& bus, Metrics& metrics, const Counters& counters, std::uint32_t queue_frames,
                     OnDecision on_decision)
    : bus_(bus),
      counters_(counters),
      on_decision_(std::move(on_decision)),
      malformed_log_(std::chrono::seconds(5)),
      task_counters_(metrics, kMostTaskCounters),
      thread_([this, queue_frames](const std::stop_token& stop) { run(stop, queue_frames); }) {}

FrameLoop::~FrameLoop() = default;

void FrameLoop::assign(std::vector<TaskPtr> tasks) {
  const std::lock_guard lock(mutex_);
  assigned_ = std::move(tasks);
  settled_ = false;
}

bool FrameLoop::settled() const {
  const std::lock_guard lock(mutex_);
  return settled_;
}

void FrameLoop::run(const std::stop_token& stop, std::uint32_t queue_frames) {
  const auto subscriber = bus_.make_subscriber({bus::Subscriber::Role::kConsumer, queue_frames});
  while (!stop.stop_requested()) {
    take_assignment(*subscriber);
    const auto outcome = subscriber->receive(kAssignmentCheck);
    if (const auto* received = std::get_if<bus::Received>(&outcome)) {
      on_frame(*received);
    } else if (const auto* malformed = std::get_if<bus::Malformed>(&outcome)) {
      counters_.frames_received.add();
      report_malformed(malformed->why);
    }
  }
}

void FrameLoop::take_assignment(bus::Subscriber& subscriber) {
  std::vector<TaskPtr> tasks;
  {
    const std::lock_guard lock(mutex_);
    if (!assigned_) return;
    tasks = *std::exchange(assigned_, std::nullopt);
  }
  std::unordered_map<std::string, Watched> next;
  for (auto& task : tasks) {
    auto topic = topics::frame(task->task_id, task->algorithm);
    const auto before = watched_.find(topic);
    if (before == watched_.end()) {
      subscriber.subscribe(topic);
      log::info("task_taken", {{"task", task->task_id}, {"algorithm", task->algorithm}});
    }
    if (before != watched_.end() && remembers(*before->second.task, *task)) {
      before->second.task = std::move(task);
      next.insert(watched_.extract(before));
      continue;
    }
    ObjectFilter filter(task->limits);
    auto counters = task_counters_.counters_for(task->task_id, task->algorithm);
    next.insert_or_assign(std::move(topic), Watched{std::move(task), std::move(filter), counters});
  }
  for (const auto& [topic, watched] : watched_) {
    if (next.contains(topic)) continue;
    subscriber.unsubscribe(topic);
    log::info("task_left", {{"task", watched.task->task_id}, {"algorithm", watched.task->algorithm}});
  }
  watched_ = std::move(next);
  counters_.tasks.set(static_cast<double>(watched_.size()));
  const std::lock_guard lock(mutex_);
  settled_ = !assigned_;
}

void FrameLoop::on_frame(const bus::Received& received) {
  counters_.frames_received.add();
  if (received.lost > 0) counters_.frames_lost.add(static_cast<double>(received.lost));
  const auto found = watched_.find(received.topic);
  if (found == watched_.end()) {
    counters_.frames_unassigned.add();  // it was on its way when we unsubscribed
    return;
  }
  auto& watched = found->second;
  if (received.lost > 0) watched.counters.lost.add(static_cast<double>(received.lost));
  auto frame = decode<FrameMeta>(received.payload);
  if (!frame) {
    watched.counters.dropped.add();
    report_malformed(frame.error().message);
    return;
  }
  if (frame->task_id != watched.task->task_id || frame->algorithm != watched.task->algorithm) {
    watched.counters.dropped.add();
    counters_.frames_mislabelled.add();
    return;
  }
  decide(watched, *std::move(frame));
}

void FrameLoop::decide(Watched& watched, FrameMeta frame) {
  const auto keys = keys_in(frame, watched.task->rules);
  const auto crowded_out = watched.filter.crowded_out();
  auto objects = watched.filter.next_frame(frame.frame_id, keys);
  if (const auto more = watched.filter.crowded_out() - crowded_out; more > 0) {
    counters_.objects_crowded_out.add(static_cast<double>(more));
  }
  counters_.frames_processed.add();
  watched.counters.processed.add();
  if (objects.empty()) return;
  counters_.alarms_decided.add();
  watched.counters.alarms.add();
  on_decision_({watched.task, std::move(frame), std::move(objects), unix_time_us()});
}

void FrameLoop::report_malformed(std::string_view why) {
  counters_.frames_malformed.add();
  if (const auto held_back = malformed_log_.admit(std::chrono::steady_clock::now())) {
    log::warn("frame_malformed", {{"why", why}, {"held_back", *held_back}});
  }
}

}  // namespace stream::logic
