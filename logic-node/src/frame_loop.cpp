#include "frame_loop.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::logic {
namespace {

constexpr bus::milliseconds kRoutesCheck{50};

}  // namespace

FrameLoop::FrameLoop(bus::Bus& bus, const Counters& counters, std::uint32_t queue_frames, OnFrame on_frame)
    : bus_(bus),
      counters_(counters),
      on_frame_(std::move(on_frame)),
      malformed_log_(std::chrono::seconds(5)),
      thread_([this, queue_frames](const std::stop_token& stop) { run(stop, queue_frames); }) {}

FrameLoop::~FrameLoop() = default;

void FrameLoop::set_routes(Routes routes) {
  const std::lock_guard lock(mutex_);
  set_ = std::move(routes);
  settled_ = false;
}

void FrameLoop::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

bool FrameLoop::settled() const {
  const std::lock_guard lock(mutex_);
  return settled_;
}

void FrameLoop::run(const std::stop_token& stop, std::uint32_t queue_frames) {
  const auto subscriber = bus_.make_subscriber({bus::Subscriber::Role::kConsumer, queue_frames});
  while (!stop.stop_requested()) {
    take_routes(*subscriber);
    const auto outcome = subscriber->receive(kRoutesCheck);
    if (const auto* received = std::get_if<bus::Received>(&outcome)) {
      take(*received);
    } else if (const auto* malformed = std::get_if<bus::Malformed>(&outcome)) {
      counters_.frames_received.add();
      report_malformed(malformed->why);
    }
  }
}

void FrameLoop::take_routes(bus::Subscriber& subscriber) {
  Routes next;
  {
    const std::lock_guard lock(mutex_);
    if (!set_) return;
    next = *std::exchange(set_, std::nullopt);
  }
  for (const auto& [topic, route] : next) {
    if (!routes_.contains(topic)) subscriber.subscribe(topic);
  }
  for (const auto& [topic, route] : routes_) {
    if (!next.contains(topic)) subscriber.unsubscribe(topic);
  }
  routes_ = std::move(next);
  const std::lock_guard lock(mutex_);
  settled_ = !set_;
}

void FrameLoop::take(const bus::Received& received) {
  counters_.frames_received.add();
  if (received.lost > 0) counters_.frames_missed.add(static_cast<double>(received.lost));
  const auto found = routes_.find(received.topic);
  if (found == routes_.end()) {
    counters_.frames_unassigned.add();  // it was on its way when we unsubscribed
    return;
  }
  const auto& [task, unit] = found->second;
  auto frame = decode<FrameMeta>(received.payload);
  if (!frame) {
    report_malformed(frame.error().message);
    return;
  }
  if (frame->task_id != task->task_id || frame->algorithm != task->algorithm) {
    counters_.frames_mislabelled.add();
    return;
  }
  on_frame_(unit, *std::move(frame));
}

void FrameLoop::report_malformed(std::string_view why) {
  counters_.frames_malformed.add();
  if (const auto held_back = malformed_log_.admit(std::chrono::steady_clock::now())) {
    log::warn("frame_malformed", {{"why", why}, {"held_back", *held_back}});
  }
}

}  // namespace stream::logic
