#include "stream_run.hpp"

#include <csignal>
#include <utility>

#include "config_files.hpp"
#include "fps_line.hpp"
#include "state_message.hpp"
#include "stream/common/clock.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/common/secrets.hpp"
#include "trouble_file.hpp"

namespace stream::api {
namespace {

// Its log and its counts; a process itself is looked at in every round.
constexpr std::chrono::milliseconds kLookEvery{200};

}  // namespace

StreamRun::StreamRun(RunnerTools& tools, const TaskRecord& record, std::uint32_t algorithm)
    : tools_(tools),
      task_id_(record.task_id),
      algorithm_(algorithm),
      machine_(Clock::now(), tools.options.machine, {}, random_fraction),
      process_(tools, record.api_node,
               algorithm_folder(tools.launcher.data_dir(), record.task_id, algorithm)),
      video_(tools, record.task_id, algorithm) {
  StreamRun::set_record(record);
  status_.since_us = unix_us();
  const bool is_over = recall(record);
  remembered_ = machine_.trouble();
  if (!is_over) adopt(record);
  publish_status();
}

void StreamRun::set_record(const TaskRecord& record) {
  const auto terms = tools_.launcher.terms(record, algorithm_);
  if (!terms) return;  // the same is wrong with its configuration, and shown when it is started
  machine_.set_terms(*terms);
}

// ---- what is asked for

void StreamRun::request_stop() {
  once_.forget();
  machine_.request_stop(Clock::now());
  publish_status();  // nobody may step it again
}

bool StreamRun::request_restart() {
  once_.forget();
  left_pid_ = process_.pid();
  return machine_.request_restart(Clock::now());
}

bool StreamRun::follow_ingest(const TaskRecord& record) {
  if (algorithm_ >= record.algorithms.size() || !process_.is_there()) return false;
  const auto& node = tools_.ingest(record.algorithms[algorithm_].ingest_node);
  return node && node->address != process_.ingest_address() && request_restart();
}

bool StreamRun::suits(const TaskRecord& record) const {
  // An ingest-node that is away for a moment is no reason for a restart.
  const auto& node = tools_.ingest(record.algorithms[algorithm_].ingest_node);
  const auto launch = tools_.launcher.prepare(
      record, algorithm_, node ? node->address : process_.ingest_address(), process_.port());
  return launch && process_.was_started_with(*launch);
}

// ---- what is due

void StreamRun::step(const TaskRecord& record, bus::Revision revision) {
  if (process_.is_there()) {
    look_at_video(record);
    if (const auto end = process_.poll()) take_exit(record, *end);
  }
  const StreamState before = machine_.state();
  switch (machine_.next(Clock::now(), look(record, revision))) {
    case StreamMachine::Action::kNone:
      break;
    case StreamMachine::Action::kStart:
      start(record);
      break;
    case StreamMachine::Action::kTerminate:
      process_.signal(SIGTERM);
      break;
    case StreamMachine::Action::kKill:
      log::write(once_.level("stream_killed", log::Level::kWarn), "stream_killed",
                 {{"task", task_id_}, {"algorithm", algorithm_}});
      process_.signal(SIGKILL);
      break;
  }
  const StreamState now = machine_.state();
  const bool is_healthy =
      now == StreamState::kRunning && Clock::now() - machine_.since() >= tools_.options.machine.healthy_after;
  if (is_healthy) once_.forget();
  const bool shows_health = now == StreamState::kStalled || now == StreamState::kBlocked ||
                            (now == StreamState::kRunning && before != StreamState::kStarting);
  publish_status();
  remember(record);
  if (now != before && shows_health) tell(name_of(now), machine_.text());
}

StreamMachine::Look StreamRun::look(const TaskRecord& record, bus::Revision revision) {
  StreamMachine::Look look;
  if (!process_.is_there()) {
    look.wait = wait(record, revision);
    return look;
  }
  look.hindrance = hindrance(record);
  look.last_video = video_.flow().last_video();
  look.usual_silence = video_.flow().usual_silence();
  look.end_of_stream = video_.flow().end_of_stream();
  look.not_posted = video_.flow().not_posted(Clock::now());
  look.too_large = process_.is_too_large();
  look.known_until = video_.flow().known_until();
  return look;
}

StreamReason StreamRun::wait(const TaskRecord& record, bus::Revision revision) {
  if (machine_.is_over()) return StreamReason::kNone;
  const auto& node = tools_.ingest(record.algorithms[algorithm_].ingest_node);
  if (!node) return StreamReason::kIngestAway;
  if (const auto turn = tools_.gate.wait(Clock::now()); turn != StreamReason::kNone) return turn;
  return node->tasks_revision >= revision ? StreamReason::kNone : StreamReason::kIngestBehind;
}

StreamReason StreamRun::hindrance(const TaskRecord& record) {
  // A task with more algorithms before: this one is on its way out, and nobody asks for its frames.
  if (algorithm_ >= record.algorithms.size()) return StreamReason::kNone;
  const auto now = Clock::now();
  const bool is_up = tools_.ingest(record.algorithms[algorithm_].ingest_node).has_value();
  if (ingest_sight_.is_away(now, is_up)) return StreamReason::kIngestAway;
  // As long as its frames come its log is not needed.
  const auto last = video_.flow().last_video();
  if (process_.disk_full() && (!last || now - *last >= VideoFlow::kWindow)) return StreamReason::kDiskFull;
  return video_.flow().hindrance(now);
}

void StreamRun::look_at_video(const TaskRecord& record) {
  const auto now = Clock::now();
  if (now < next_look_) return;
  next_look_ = now + kLookEvery;
  read_signs(record);
}

void StreamRun::read_signs(const TaskRecord& record) {
  const auto now = Clock::now();
  process_.follow_log([&](std::string_view line) {
    if (const auto speed = parse_fps_line(line)) video_.flow().on_fps_line(now, *speed);
    if (says_end(line)) video_.flow().on_end_line();
  });
  if (algorithm_ < record.algorithms.size()) video_.listen(now, record.algorithms[algorithm_].ingest_node);
}

void StreamRun::start(const TaskRecord& record) {
  tools_.gate.on_attempt(Clock::now());
  const std::string ingest_address = tools_.ingest(record.algorithms[algorithm_].ingest_node)->address;
  const auto started = process_.start(
      [&](std::uint16_t port) { return tools_.launcher.prepare(record, algorithm_, ingest_address, port); },
      ingest_address);
  if (!started) {
    machine_.on_start_failed(Clock::now(), started.error());
    publish_status();
    tell("start_failed", machine_.text());
    return;
  }
  const std::uint32_t restarts = machine_.restarts();
  machine_.on_started(Clock::now());
  video_.begin(Clock::now(), record.algorithms[algorithm_].ingest_node);
  ingest_sight_.begin(Clock::now());
  process_.write_record(machine_.restarts());
  if (machine_.restarts() != restarts) tools_.restarted.add();
  publish_status();
  tell("started", fmt::format("pid {}", status_.pid));
}

bool StreamRun::restore_end(StreamStatus end) {
  if (!has_ended(end)) return false;
  machine_.on_former_end(Clock::now(), end.state, end.reason, end.text, end.restarts);
  status_ = std::move(end);
  end_is_remembered_ = true;
  return true;
}

// True: it is over. The record may not know that yet.
bool StreamRun::recall(const TaskRecord& record) {
  if (algorithm_ < record.ends.size() && restore_end(from_message(record.ends[algorithm_]))) return true;
  const Moment now{Clock::now(), unix_us()};
  auto known = read_trouble(process_.folder(), record.created_us, now);
  if (!known) {
    log::warn("stream_trouble_unreadable", {{"reason", known.error().message}});
    return false;
  }
  if (!*known) return false;
  StreamStatus& was = (*known)->status;
  if (restore_end(was)) return true;
  machine_.go_on_with(now.steady, (*known)->trouble, was.state, was.reason, was.text);
  status_.last_exit = std::move(was.last_exit);
  status_.exit_code = was.exit_code;
  status_.exit_signal = was.exit_signal;
  status_.last_frame_us = was.last_frame_us;
  if (machine_.state() == was.state) {
    publish_status();  // whoever hears of it may not know any more
    status_.since_us = was.since_us;
  }
  return false;
}

// So that an api-node that comes after a kill goes on from there. What was asked to go is no trouble.
void StreamRun::remember(const TaskRecord& record) {
  const bool is_end = has_ended(status_);
  if (machine_.trouble() == remembered_ && is_end == end_is_remembered_) return;
  std::error_code failure;
  if (!std::filesystem::is_directory(process_.folder(), failure)) return;  // nothing was ever started
  remembered_ = machine_.trouble();
  end_is_remembered_ = is_end;
  const auto written = write_trouble(process_.folder(), record.created_us, {machine_.trouble(), status_},
                                     {Clock::now(), unix_us()});
  if (!written) {
    log::write(once_.level("stream_trouble_not_written", log::Level::kWarn), "stream_trouble_not_written",
               {{"task", task_id_}, {"algorithm", algorithm_}, {"reason", written.error().message}});
  }
}

void StreamRun::adopt(const TaskRecord& record) {
  const auto known = process_.adopt();
  if (!known) return take_unseen_end(record);
  machine_.on_adopted(Clock::now(), known->restarts);
  video_.begin_anew(Clock::now());
  read_earlier_log(*known);
  ingest_sight_.begin(Clock::now());
  auto launch = tools_.launcher.prepare(record, algorithm_, known->ingest_address, known->control_port);
  std::string note;
  if (!launch) {
    // It could not be started again; that it does not fit is not known.
    note =
        fmt::format(", goes on though it could not be started now: {}", mask_secrets(launch.error().message));
  } else if (fits(*known, *launch)) {
    process_.set_launch(*std::move(launch));
  } else {
    machine_.request_restart(Clock::now());
    note = ", to be restarted with other settings";
  }
  publish_status();
  tell("adopted", fmt::format("pid {}{}", status_.pid, note));
}

// What it was started with is what would be written for it now.
bool StreamRun::fits(const ProcessRecord& known, const Launch& launch) const {
  return launch.command == known.process.arguments &&
         is_stream_config(process_.folder() / "config", launch.files);
}

// It played to its end while there was no api-node. Any other end says nothing of the process: the machine
// may have lost its power.
void StreamRun::take_unseen_end(const TaskRecord& record) {
  const auto known = process_.find_ended();
  if (!known) return;
  video_.begin_anew(Clock::now());
  read_earlier_log(*known);
  const auto launch = tools_.launcher.prepare(record, algorithm_, known->ingest_address, known->control_port);
  if (!video_.flow().end_of_stream() || !launch || !fits(*known, *launch)) return;
  machine_.on_adopted(Clock::now(), known->restarts);
  take_exit(record, std::nullopt);
}

// Of its speed it says nothing any more, but its end is one for ever.
void StreamRun::read_earlier_log(const ProcessRecord& known) {
  process_.read_earlier_log(known, [this](std::string_view line) {
    if (says_end(line)) video_.flow().on_end_line();
  });
}

void StreamRun::take_exit(const TaskRecord& record, const ProcessEnd& end) {
  read_signs(record);  // what it wrote and sent last
  machine_.on_exit(Clock::now(), end, video_.flow().end_of_stream());
  if (machine_.reason() == StreamReason::kMoved) {
    publish_status();
    return;  // as we asked, to be started again
  }
  note_end(status_, end);
  publish_status();
  const StreamState state = machine_.state();
  const bool is_asked = state == StreamState::kEnded || state == StreamState::kStopped;
  tell(is_asked ? name_of(state) : "exited", is_asked ? text_of(end) : machine_.text());
}

// ---- how it stands

void StreamRun::publish_status() {
  const bool has_changed = status_.state != machine_.state() || status_.reason != machine_.reason();
  if (status_.state != machine_.state()) status_.since_us = unix_us();
  status_.state = machine_.state();
  status_.reason = machine_.reason();
  status_.over = machine_.is_over();
  status_.text = machine_.text();
  status_.restarts = machine_.restarts();
  status_.pid = process_.pid();
  status_.memory_bytes = process_.resident_bytes();
  const auto now = Clock::now();
  const VideoFlow& flow = video_.flow();
  status_.fps_in = process_.is_there() ? flow.fps_in(now) : 0;
  status_.fps_posted = process_.is_there() ? flow.fps_posted(now) : 0;
  if (flow.last_frame_us() != 0) status_.last_frame_us = flow.last_frame_us();
  if (has_changed && tools_.hooks.on_status) tools_.hooks.on_status(task_id_, algorithm_, status_);
}

void StreamRun::tell(std::string_view kind, const std::string& text) {
  const StreamState state = machine_.state();
  const bool is_trouble = state == StreamState::kBackoff || state == StreamState::kCrashLoop ||
                          state == StreamState::kFailed || state == StreamState::kStalled ||
                          state == StreamState::kBlocked;
  const auto event = fmt::format("stream_{}", kind);
  log::write(once_.level(event, is_trouble ? log::Level::kWarn : log::Level::kInfo), event,
             {{"task", task_id_}, {"algorithm", algorithm_}, {"detail", text}});
  tools_.hooks.on_event({task_id_, algorithm_, std::string(kind), text, unix_us()});
}

}  // namespace stream::api
