#include "stream_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace stream::api {
namespace {

using std::chrono::milliseconds;

std::string text_of_wait(StreamReason reason) {
  switch (reason) {
    case StreamReason::kIngestAway:
      return "its ingest-node is not up";
    case StreamReason::kIngestBehind:
      return "its ingest-node does not know the task yet";
    case StreamReason::kProcessLimit:
      return "this node runs as many stream processes as max_processes lets it";
    case StreamReason::kStartTurn:
      return "others start before it";
    case StreamReason::kDeviceMemory:
      return "the device has less memory free than device_memory_mib";
    default:
      return {};
  }
}

std::string text_of_hindrance(StreamReason reason) {
  switch (reason) {
    case StreamReason::kIngestAway:
      return "its ingest-node is not up, frames are lost";
    case StreamReason::kIngestFull:
      return "its ingest-node refuses frames: ring_mib is full";
    case StreamReason::kNoConsumer:
      return "no logic-node takes its frames, they wait";
    case StreamReason::kDiskFull:
      return "the disk is full, its log says nothing any more";
    case StreamReason::kFlowUnknown:
      return "its ingest-node is not heard, or the broker is away: nobody knows whether its frames arrive";
    default:
      return {};
  }
}

StreamReason reason_of(const ProcessEnd& end) {
  if (!end) return StreamReason::kGone;
  return end->signalled ? StreamReason::kSignalled : StreamReason::kExited;
}

long long seconds(StreamMachine::Clock::duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

// A delay as people say it.
std::string about(milliseconds delay) {
  constexpr double kMillisecondsPerSecond = 1000;
  return fmt::format("{:.0f} s",
                     std::max(1.0, std::round(static_cast<double>(delay.count()) / kMillisecondsPerSecond)));
}

}  // namespace

std::optional<RestartPolicy> restart_policy_of(std::string_view name) {
  if (name == "always") return RestartPolicy::kAlways;
  if (name == "on-failure") return RestartPolicy::kOnFailure;
  if (name == "on-end") return RestartPolicy::kOnEnd;
  if (name == "never") return RestartPolicy::kNever;
  return std::nullopt;
}

StreamMachine::StreamMachine(TimePoint now, const StreamMachineOptions& options, StreamTerms terms,
                             std::function<double()> chance)
    : options_(options), terms_(terms), chance_(std::move(chance)), since_(now) {
  trouble_.next_try = now;
}

bool StreamMachine::is_over() const {
  return state_ == StreamState::kEnded || state_ == StreamState::kStopped ||
         (state_ == StreamState::kFailed && !will_retry_);
}

StreamMachine::Action StreamMachine::next(TimePoint now, const Look& look) {
  if (is_over()) return Action::kNone;
  if (!has_process(state_)) return wait_or_start(now, look.wait);
  if (state_ == StreamState::kStopping) return ask_to_end(now);
  return watch(now, look);
}

StreamMachine::Action StreamMachine::wait_or_start(TimePoint now, StreamReason wait) {
  if (now < trouble_.next_try) return Action::kNone;
  if (wait == StreamReason::kIngestBehind) {
    if (!behind_since_) behind_since_ = now;
    if (now - *behind_since_ >= options_.ingest_patience) wait = StreamReason::kNone;
  } else if (wait == StreamReason::kIngestAway) {
    behind_since_.reset();
  }
  if (wait == StreamReason::kNone) return Action::kStart;
  if (state_ != StreamState::kQueued || reason_ != wait) {
    enter(StreamState::kQueued, now, wait, text_of_wait(wait));
  }
  return Action::kNone;
}

StreamMachine::Action StreamMachine::watch(TimePoint now, const Look& look) {
  if (look.last_video) present_.saw_video = true;
  present_.saw_end = look.end_of_stream;
  if (present_.ending != Ending::kNot) return ask_to_end(now);
  if (look.too_large) {
    present_.ending = Ending::kTooLarge;
    present_.ending_since = now;
    return ask_to_end(now);
  }
  if (look.hindrance != StreamReason::kNone) {
    present_.running_since.reset();  // what cannot be seen is not healthy
    if (state_ != StreamState::kBlocked) present_.before_block = state_;
    if (state_ != StreamState::kBlocked || reason_ != look.hindrance) {
      enter(StreamState::kBlocked, now, look.hindrance, text_of_hindrance(look.hindrance));
    }
    return Action::kNone;
  }
  if (state_ == StreamState::kBlocked) unblock(now);

  const TimePoint last = std::max(present_.patience_from, look.last_video.value_or(TimePoint::min()));
  const milliseconds patience =
      present_.saw_video ? std::max(options_.stall_after, look.usual_silence) : options_.first_video_within;
  const bool is_silent = std::min(now, look.known_until.value_or(now)) - last >= patience;
  const bool has_come = state_ == StreamState::kStarting ? look.last_video.has_value()
                                                         : look.last_video && *look.last_video > since_;
  if (state_ == StreamState::kStalled) {
    if (!has_come || is_silent) return take_silence(now);
    enter(StreamState::kRunning, now, StreamReason::kNone);
  } else if (is_silent) {
    present_.running_since.reset();
    present_.stalled_for = look.not_posted ? StreamReason::kNotPosted : StreamReason::kNoVideo;
    enter(StreamState::kStalled, now, present_.stalled_for,
          look.not_posted
              ? "frames come out of its graph, but none arrives at its ingest-node"
              : fmt::format("no video {} {} s", present_.saw_video ? "for" : "within", seconds(now - last)));
    return Action::kNone;
  } else if (state_ == StreamState::kStarting && has_come) {
    enter(StreamState::kRunning, now, StreamReason::kNone);
  }
  if (state_ == StreamState::kRunning && !present_.running_since) present_.running_since = now;
  if (present_.running_since && now - *present_.running_since >= options_.healthy_after) forgive();
  return Action::kNone;
}

// We could not see it meanwhile, so that its silence is counted anew.
void StreamMachine::unblock(TimePoint now) {
  present_.patience_from = now;
  if (present_.before_block == StreamState::kStalled) {
    enter(StreamState::kStalled, now, StreamReason::kNoVideo, "no video before it was blocked");
  } else {
    enter(present_.saw_video ? StreamState::kRunning : StreamState::kStarting, now, StreamReason::kNone);
  }
}

StreamMachine::Action StreamMachine::take_silence(TimePoint now) {
  const bool is_due =
      options_.stall_restart_after > milliseconds(0) && now - since_ >= options_.stall_restart_after;
  if (!is_due) return Action::kNone;
  if (present_.saw_end && terms_.source_ends) {
    present_.ending = Ending::kHangsAtEnd;
  } else if (restarts_on_failure()) {
    present_.ending = Ending::kStall;
  } else {
    return Action::kNone;
  }
  present_.ending_since = now;
  return ask_to_end(now);
}

void StreamMachine::forgive() {
  trouble_.step = milliseconds(0);
  trouble_.crashes.clear();
  trouble_.crash_loop = false;
}

StreamMachine::Action StreamMachine::ask_to_end(TimePoint now) {
  if (!std::exchange(present_.terminated, true)) return Action::kTerminate;
  if (now - present_.ending_since >= options_.grace && !std::exchange(present_.killed, true)) {
    return Action::kKill;
  }
  return Action::kNone;
}

void StreamMachine::on_started(TimePoint now) {
  if (std::exchange(trouble_.counts_restart, false)) ++trouble_.restarts;
  begin_process(now);
  enter(StreamState::kStarting, now, StreamReason::kNone);
}

void StreamMachine::on_adopted(TimePoint now, std::uint32_t restarts) {
  trouble_.restarts = restarts;
  begin_process(now);
  enter(StreamState::kStarting, now, StreamReason::kAdopted,
        "was started by a former api-node; no video seen by this one yet");
}

void StreamMachine::go_on_with(TimePoint now, const Trouble& trouble, StreamState state, StreamReason reason,
                               std::string text) {
  trouble_ = trouble;
  const bool waits = state == StreamState::kBackoff || state == StreamState::kCrashLoop;
  if (waits && trouble.next_try > now) {
    enter(state, now, reason, std::move(text));
  } else {
    trouble_.next_try = now;
  }
}

void StreamMachine::on_former_end(TimePoint now, StreamState state, StreamReason reason, std::string text,
                                  std::uint32_t restarts) {
  trouble_.restarts = restarts;
  enter(state, now, reason, std::move(text));
}

void StreamMachine::begin_process(TimePoint now) {
  present_ = {};
  present_.patience_from = now;
  behind_since_.reset();
  will_retry_ = false;
}

void StreamMachine::on_start_failed(TimePoint now, const Error& error) {
  const bool is_missing = error.code == ErrorCode::kNotFound;
  const std::string& what = error.message;
  if (!is_missing && error.code != ErrorCode::kInvalid) {
    back_off(now, StreamReason::kStartFailed, what);
    return;
  }
  const StreamReason reason = is_missing ? StreamReason::kFileMissing : StreamReason::kFileInvalid;
  delay_ = jittered(options_.longest_delay);
  trouble_.next_try = now + delay_;
  will_retry_ = true;
  if (state_ == StreamState::kFailed) {
    explain(reason, what);  // it has failed all the time
  } else {
    enter(StreamState::kFailed, now, reason, what);
  }
}

void StreamMachine::on_exit(TimePoint now, const ProcessEnd& end, bool end_of_stream) {
  const Present was = std::exchange(present_, {});
  const bool is_played = terms_.source_ends && (was.saw_end || end_of_stream) && (!end || end->clean());
  if (state_ == StreamState::kStopping) {
    enter(StreamState::kStopped, now, StreamReason::kAsked);
  } else if (was.ending == Ending::kMove && (was.terminated || !is_played)) {
    trouble_.next_try = now;
    enter(StreamState::kQueued, now, StreamReason::kMoved, "restarted with other settings");
  } else if (was.ending == Ending::kStall && was.terminated) {
    trouble_.counts_restart = true;
    const bool had_video = was.stalled_for == StreamReason::kNotPosted;
    back_off(now, was.stalled_for,
             had_video ? "ended, as its frames did not arrive" : "ended for want of video");
  } else if (was.ending == Ending::kTooLarge && was.terminated) {
    take_crash(now, StreamReason::kMemoryLimit, "ended, as it used more memory than max_process_mib");
  } else if (is_played || was.ending == Ending::kHangsAtEnd) {
    take_end_of_source(now, was.saw_video);
  } else {
    std::string what = text_of(end);
    if (end && end->clean()) {
      what += terms_.source_ends ? ", but nothing said that it has played to the end"
                                 : ", though its source has no end";
    }
    take_crash(now, reason_of(end), what);
  }
}

void StreamMachine::take_end_of_source(TimePoint now, bool saw_video) {
  if (!restarts_on_end()) {
    enter(StreamState::kEnded, now, StreamReason::kEndOfSource, "played to its end");
    return;
  }
  if (saw_video) forgive();  // the delay grows for a source that ends without having shown anything
  trouble_.counts_restart = true;
  back_off(now, StreamReason::kEndOfSource, "played to its end");
}

void StreamMachine::take_crash(TimePoint now, StreamReason reason, const std::string& what) {
  if (!restarts_on_failure()) {
    enter(StreamState::kFailed, now, reason, what);
    return;
  }
  trouble_.crashes.push_back(now);
  while (trouble_.crashes.size() > options_.crash_count ||
         now - trouble_.crashes.front() > options_.crash_window) {
    trouble_.crashes.pop_front();
  }
  trouble_.crash_loop = trouble_.crash_loop || trouble_.crashes.size() >= options_.crash_count;
  trouble_.counts_restart = true;
  back_off(now, reason, what);
}

void StreamMachine::back_off(TimePoint now, StreamReason reason, const std::string& what) {
  trouble_.step = trouble_.crash_loop          ? options_.longest_delay
                  : trouble_.step.count() == 0 ? options_.first_delay
                                               : std::min(2 * trouble_.step, options_.longest_delay);
  delay_ = jittered(trouble_.step);
  trouble_.next_try = now + delay_;
  enter(trouble_.crash_loop ? StreamState::kCrashLoop : StreamState::kBackoff, now, reason,
        fmt::format("{}; next start in {}", what, about(delay_)));
}

void StreamMachine::request_stop(TimePoint now) {
  if (is_over() || state_ == StreamState::kStopping) return;
  if (!has_process(state_)) {
    enter(StreamState::kStopped, now, StreamReason::kAsked);
    return;
  }
  if (!present_.terminated) present_.ending_since = now;
  enter(StreamState::kStopping, now, StreamReason::kAsked);
}

bool StreamMachine::request_restart(TimePoint now) {
  if (!has_process(state_) || state_ == StreamState::kStopping || present_.ending != Ending::kNot) {
    return false;
  }
  present_.ending = Ending::kMove;
  present_.ending_since = now;
  return true;
}

void StreamMachine::enter(StreamState state, TimePoint now, StreamReason reason, std::string text) {
  if (state_ != state) since_ = now;
  state_ = state;
  explain(reason, std::move(text));
}

void StreamMachine::explain(StreamReason reason, std::string text) {
  reason_ = reason;
  text_ = std::move(text);
}

bool StreamMachine::restarts_on_failure() const {
  return terms_.restart == RestartPolicy::kAlways || terms_.restart == RestartPolicy::kOnFailure;
}

bool StreamMachine::restarts_on_end() const {
  return terms_.restart == RestartPolicy::kAlways || terms_.restart == RestartPolicy::kOnEnd;
}

milliseconds StreamMachine::jittered(milliseconds delay) const {
  const double factor = 1 + options_.jitter * (2 * chance_() - 1);
  return milliseconds(std::llround(static_cast<double>(delay.count()) * factor));
}

}  // namespace stream::api
