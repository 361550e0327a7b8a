#include "channel.hpp"

#include <algorithm>

#include "open_source.hpp"
#include "stream/common/log.hpp"

namespace stream::sim {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

Channel::Channel(const ChannelConfig& config, const SourceAddress& address, const Graph& graph, int index)
    : config_(config),
      address_(address),
      graph_(graph),
      fps_log_(index),
      queue_(graph.push, config.channel_id, address.lossless ? WhenFull::kWait : WhenFull::kDrop),
      thread_([this] { run(); }) {}

Channel::~Channel() {
  stop_.raise();
  queue_.abandon();
  thread_.join();
}

void Channel::run() {
  const auto source = open_source(config_, address_, graph_, stop_);
  if (config_.is_live()) {
    play_live(*source);
  } else if (const auto played = play_file(*source); !played) {
    log::error("source_failed", {{"channel", config_.channel_id}, {"why", played.error().message}});
    failed_ = true;
  }
  queue_.drain();
  ended_ = true;
}

Status Channel::play_file(FrameSource& source) {
  for (int loop = 0; config_.loop_num == 0 || loop < config_.loop_num; ++loop) {
    if (loop > 0) source.rewind();
    const auto steps = play_through(source);
    if (!steps) return tl::unexpected(steps.error());
    if (stop_.raised()) break;
    if (*steps == 0) return fail(ErrorCode::kInvalid, "{}: no frame in it", address_.location);
  }
  return {};
}

void Channel::play_live(FrameSource& source) {
  constexpr auto kPause = std::chrono::seconds(1);
  for (;;) {
    // That it failed, and why, is exactly what the real one does not say.
    static_cast<void>(play_through(source));
    if (stop_.wait_until(Clock::now() + kPause)) return;
    fmt::print("Start reconnected, url: {}\n", config_.url);  // with the password, as the real one
    std::fflush(stdout);
    source.rewind();
  }
}

Result<std::uint64_t> Channel::play_through(FrameSource& source) {
  std::uint64_t steps = 0;
  auto due = Clock::now();
  while (!stop_.wait_until(due)) {
    auto step = source.next();
    if (!step) return tl::unexpected(step.error());
    if (step->kind == Step::Kind::kEnd) break;
    ++steps;
    if (step->kind == Step::Kind::kFrame) {
      queue_.push(std::move(step->body));
      fps_log_.add(Clock::now());
    }
    // After a stall the rate goes on from now; what was missed is not made up for in a burst.
    due = std::max(due + interval_of(source), Clock::now());
  }
  return steps;
}

nanoseconds Channel::interval_of(const FrameSource& source) const {
  const double fps = address_.fps.value_or(address_.lossless ? -1 : 0);
  if (fps < 0) return nanoseconds::zero();
  if (fps > 0) return nanoseconds(static_cast<nanoseconds::rep>(1e9 / fps));
  return source.interval();
}

}  // namespace stream::sim
