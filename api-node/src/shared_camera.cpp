#include "shared_camera.hpp"

#include <algorithm>
#include <utility>

#include "stream/common/clock.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/common/secrets.hpp"

namespace stream::api {
namespace {

StreamMachineOptions for_health(StreamMachineOptions options) {
  options.stall_restart_after = std::chrono::milliseconds(0);  // the others would be disturbed: see rest()
  return options;
}

bool is_health(StreamState state) {
  return state == StreamState::kStalled || state == StreamState::kBlocked;
}

}  // namespace

SharedCamera::SharedCamera(RunnerTools& tools, const TaskRecord& record, std::uint32_t algorithm,
                           bus::Revision revision)
    : tools_(tools),
      record_(record),
      algorithm_(algorithm),
      revision_(revision),
      video_(tools, record.task_id, algorithm) {
  status_.since_us = unix_us();
}

void SharedCamera::set_record(const TaskRecord& record, bus::Revision revision) {
  record_ = record;
  revision_ = revision;
  is_new_ = false;
}

void SharedCamera::come(Ticket ticket) {
  ticket_ = ticket;
  leaving_ = is_resting_ = false;
  is_new_ = true;
  given_up_.clear();
  held_for_.reset();
  rests_ = 0;
  once_.forget();
}

void SharedCamera::hold(std::optional<Error> error) {
  if (error) error->message = mask_secrets(error->message);
  held_for_ = std::move(error);
}

void SharedCamera::give_up(const std::string& why) {
  given_up_ = mask_secrets(why);
  tell("fell_back", given_up_);
  tools_.hooks.on_fall_back(
      {record_.task_id, algorithm_, {spec().shared_key, spec().shared_channel}, given_up_});
}

// ---- its video

void SharedCamera::begin_health(Clock::time_point now) {
  played_since_ = now;
  is_resting_ = false;
  health_.emplace(Clock::now(), for_health(tools_.options.machine), StreamTerms{}, random_fraction);
}

void SharedCamera::begin(Clock::time_point now) {
  begin_health(now);
  health_->on_started(now);
  video_.begin(now, spec().ingest_node);
  is_posted_ = false;
}

void SharedCamera::go_on(Clock::time_point now) {
  begin_health(now);
  health_->on_adopted(now, 0);
  video_.begin_anew(now);
  is_posted_ = false;
}

bool SharedCamera::listen(Clock::time_point now) {
  const auto before = flow().last_frame_us();
  video_.listen(now, spec().ingest_node);
  const bool is_taken = flow().last_frame_us() > before;
  is_posted_ = is_posted_ || is_taken;
  return is_taken;
}

bool SharedCamera::is_due_anew(Clock::time_point now) const {
  const auto after = tools_.options.machine.stall_restart_after;
  return is_wanted() && health_ && health_->state() == StreamState::kStalled && after.count() > 0 &&
         now - health_->since() >= after;
}

SharedCamera::Clock::time_point SharedCamera::rest(Clock::time_point now) {
  const auto& options = tools_.options.machine;
  auto delay = options.first_delay;
  for (std::uint32_t i = 0; i < rests_ && delay < options.longest_delay; ++i) delay *= 2;
  ++rests_;
  is_resting_ = true;
  return now + std::min(delay, options.longest_delay);
}

// ---- how it stands

void SharedCamera::update_status(Clock::time_point now, const Common& process, pid_t pid) {
  StreamStatus status = process.status;
  status.last_frame_us = status_.last_frame_us;
  if (leaving_) {
    status.state = StreamState::kStopping;
    status.reason = StreamReason::kAsked;
    status.text.clear();
  } else if (!given_up_.empty()) {
    status.state = StreamState::kQueued;
    status.reason = StreamReason::kSharedTurn;
    status.text = "gets a process of its own: " + given_up_;
  } else if (process.is_there && status.state != StreamState::kStopping) {
    if (health_) {
      show_health(status, now, process);
    } else {
      show_absence(status);
    }
  }
  const StreamState before = status_.state;
  status.pid = pid;
  status.since_us = status.state == before ? status_.since_us : unix_us();
  status_ = std::move(status);
  const bool shows_health =
      is_health(status_.state) || (status_.state == StreamState::kRunning && is_health(before));
  if (status_.state != before && shows_health) tell(name_of(status_.state), status_.text);
}

// The process is there, and does not play it.
void SharedCamera::show_absence(StreamStatus& status) const {
  if (held_for_) {
    status.state = StreamState::kFailed;
    status.reason =
        held_for_->code == ErrorCode::kNotFound ? StreamReason::kFileMissing : StreamReason::kFileInvalid;
    status.text = held_for_->message;
  } else if (is_resting_) {
    status.state = StreamState::kBackoff;
    status.reason = StreamReason::kNoVideo;
    status.text = "dropped for want of video; the process that it shares is told of it again";
  } else {
    status.state = StreamState::kQueued;
    status.reason = StreamReason::kSharedTurn;
    status.text = "the process that it shares is still to be told of it";
  }
}

void SharedCamera::show_health(StreamStatus& status, Clock::time_point now, const Common& process) {
  const VideoFlow& flow = video_.flow();
  StreamMachine::Look look;
  look.hindrance = process.hindrance == StreamReason::kNone ? flow.hindrance(now) : process.hindrance;
  look.last_video = flow.last_video();
  look.usual_silence = flow.usual_silence();
  look.end_of_stream = flow.end_of_stream();
  look.not_posted = process.not_posted;
  health_->next(now, look);
  status.state = health_->state();
  status.reason = health_->reason();
  status.text = health_->text();
  status.fps_in = flow.fps_in(now);
  status.fps_posted = flow.fps_posted(now);
  if (flow.last_frame_us() != 0) status.last_frame_us = flow.last_frame_us();
  const bool is_healthy = health_->state() == StreamState::kRunning &&
                          now - health_->since() >= tools_.options.machine.healthy_after;
  if (!is_healthy) return;
  rests_ = 0;
  once_.forget();
}

void SharedCamera::tell(std::string_view kind, const std::string& text) {
  const bool is_trouble = kind == "fell_back" || is_health(status_.state);
  const auto event = fmt::format("stream_{}", kind);
  log::write(once_.level(event, is_trouble ? log::Level::kWarn : log::Level::kInfo), event,
             {{"task", record_.task_id}, {"algorithm", algorithm_}, {"detail", text}});
  publish_event(kind, text);
}

void SharedCamera::publish_event(std::string_view kind, const std::string& text) const {
  tools_.hooks.on_event({record_.task_id, algorithm_, std::string(kind), text, unix_us()});
}

}  // namespace stream::api
