#include "shared_camera.hpp"

#include <utility>

#include "stream/common/clock.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/common/secrets.hpp"

namespace stream::api {
namespace {

StreamMachineOptions for_health(StreamMachineOptions options) {
  options.stall_restart_after = std::chrono::milliseconds(0);  // the others would be disturbed
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
}

void SharedCamera::come(Ticket ticket) {
  ticket_ = ticket;
  leaving_ = false;
  given_up_.clear();
}

void SharedCamera::give_up(const std::string& why) {
  given_up_ = mask_secrets(why);
  tell("fell_back", given_up_);
  tools_.hooks.on_fall_back(
      {record_.task_id, algorithm_, {spec().shared_key, spec().shared_channel}, given_up_});
}

// ---- its video

void SharedCamera::begin_health() {
  health_.emplace(Clock::now(), for_health(tools_.options.machine), StreamTerms{}, random_fraction);
}

void SharedCamera::begin(Clock::time_point now) {
  begin_health();
  health_->on_started(now);
  video_.begin(now, spec().ingest_node);
}

void SharedCamera::go_on(Clock::time_point now) {
  begin_health();
  health_->on_adopted(now, 0);
  video_.begin_anew(now);
}

// ---- how it stands

void SharedCamera::update_status(Clock::time_point now, StreamStatus process, bool is_there,
                                 StreamReason hindrance, pid_t pid) {
  StreamStatus status = std::move(process);
  status.last_frame_us = status_.last_frame_us;
  if (leaving_) {
    status.state = StreamState::kStopping;
    status.reason = StreamReason::kAsked;
    status.text.clear();
  } else if (!given_up_.empty()) {
    status.state = StreamState::kQueued;
    status.reason = StreamReason::kSharedTurn;
    status.text = "gets a process of its own: " + given_up_;
  } else if (is_there && status.state != StreamState::kStopping) {
    show_health(status, now, hindrance);
  }
  const StreamState before = status_.state;
  status.pid = pid;
  status.since_us = status.state == before ? status_.since_us : unix_us();
  status_ = std::move(status);
  const bool shows_health =
      is_health(status_.state) || (status_.state == StreamState::kRunning && is_health(before));
  if (status_.state != before && shows_health) tell(name_of(status_.state), status_.text);
}

void SharedCamera::show_health(StreamStatus& status, Clock::time_point now, StreamReason hindrance) {
  if (!health_) {
    status.state = StreamState::kQueued;
    status.reason = StreamReason::kSharedTurn;
    status.text = "the process that it shares is still to be told of it";
    return;
  }
  const VideoFlow& flow = video_.flow();
  if (hindrance == StreamReason::kNone) hindrance = flow.hindrance(now);
  health_->next(
      now, {StreamReason::kNone, hindrance, flow.last_video(), flow.usual_silence(), flow.end_of_stream()});
  status.state = health_->state();
  status.reason = health_->reason();
  status.text = health_->text();
  status.fps_in = flow.fps_in(now);
  status.fps_posted = flow.fps_posted(now);
  if (flow.last_frame_us() != 0) status.last_frame_us = flow.last_frame_us();
}

void SharedCamera::tell(std::string_view kind, const std::string& text) const {
  const bool is_trouble = kind == "fell_back" || is_health(status_.state);
  log::write(is_trouble ? log::Level::kWarn : log::Level::kInfo, fmt::format("stream_{}", kind),
             {{"task", record_.task_id}, {"algorithm", algorithm_}, {"detail", text}});
  publish_event(kind, text);
}

void SharedCamera::publish_event(std::string_view kind, const std::string& text) const {
  tools_.hooks.on_event({record_.task_id, algorithm_, std::string(kind), text, unix_us()});
}

}  // namespace stream::api
