#include "channel.hpp"

#include <algorithm>

#include "engine_log.hpp"
#include "open_source.hpp"
#include "stream/common/log.hpp"

namespace stream::sim {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

Channel::Channel(const ChannelConfig& config, const SourceAddress& address, const Graph& graph, int index,
                 std::function<void()> at_end, std::function<void(const std::string&)> report)
    : config_(config),
      address_(address),
      graph_(graph),
      index_(index),
      at_end_(std::move(at_end)),
      decoded_(fmt::format("fps_decode_{}", config.channel_id), Clock::now()),
      passed_(fmt::format("channel_{}", index), Clock::now()),
      misdeeds_(address.misbehaviour, config.url, std::move(report)),
      queue_(graph.push, config.channel_id, address.lossless ? WhenFull::kWait : WhenFull::kDrop),
      thread_([this] { run(); }) {}

Channel::~Channel() {
  stop();
}

void Channel::stop() {
  stop_.raise();
  queue_.abandon();
  if (thread_.joinable()) thread_.join();
}

void Channel::run() {
  const auto source = open_source(config_, address_, graph_, stop_);
  if (config_.is_live()) {
    play_live(*source);
  } else if (const auto played = play_file(*source); !played) {
    log::error("source_failed", {{"channel", config_.channel_id}, {"why", played.error().message}});
    failed_ = true;
  }
  if (stop_.raised()) return;
  fmt::print("meet a eof\n");
  std::fflush(stdout);
  queue_.drain();
  if (stop_.raised()) return;
  ended_ = true;
  at_end_();
}

Status Channel::play_file(FrameSource& source) {
  for (int loop = 0; config_.loop_num == 0 || loop < config_.loop_num; ++loop) {
    if (loop > 0) source.rewind();
    const auto steps = play_through(source, false);
    if (!steps) return tl::unexpected(steps.error());
    if (stop_.raised()) break;
    if (*steps == 0) return fail(ErrorCode::kInvalid, "{}: no frame in it", address_.location);
  }
  return {};
}

void Channel::play_live(FrameSource& source) {
  constexpr auto kPause = std::chrono::seconds(1);
  for (bool again = false;; again = true) {
    if (again) {
      if (stop_.wait_until(Clock::now() + kPause)) return;
      // With the password in it, as the real one.
      ffmpeg_log(fmt::format("Start reconnected, url: {}.", config_.url));
      source.rewind();
    }
    const auto steps = play_through(source, again);
    if (stop_.raised()) return;
    // Why is what the real one does not say.
    if (again && steps.value_or(0) == 0) {
      ffmpeg_log("RTSP or RTMP reconnected: avformat_open_input failed ret(-111), waiting for reconnect.");
    }
  }
}

Result<std::uint64_t> Channel::play_through(FrameSource& source, bool again) {
  std::uint64_t steps = 0;
  auto due = Clock::now();
  while (!stop_.wait_until(due)) {
    auto step = source.next();
    if (!step) return tl::unexpected(step.error());
    if (step->kind == Step::Kind::kEnd) break;
    if (steps++ == 0 && again) ffmpeg_log("RTSP or RTMP reconnected success.");
    if (!misdeeds_.frame()) stop_.wait_until(Clock::time_point::max());
    decoded_.add(Clock::now());
    if (step->kind == Step::Kind::kFrame) {
      queue_.push(std::move(step->body));
      passed_.add(Clock::now());
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
