#include "stream_run.hpp"

#include <csignal>
#include <utility>

#include "config_files.hpp"
#include "fps_line.hpp"
#include "process_record.hpp"
#include "stragglers.hpp"
#include "stream/common/fail_point.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/common/secrets.hpp"

namespace stream::api {
namespace {

// Its log and its counts; a process itself is looked at in every round.
constexpr std::chrono::milliseconds kLookEvery{200};
// One that starts again, or that we have not heard of yet because we have just started, is not away.
constexpr std::chrono::seconds kIngestBlinks{2};

std::int64_t unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

double chance() {
  constexpr double kAll = 18446744073709551616.0;  // 2^64
  return static_cast<double>(random_u64()) / kAll;
}

}  // namespace

StreamRun::StreamRun(RunnerTools& tools, const TaskRecord& record, std::uint32_t algorithm)
    : tools_(tools),
      task_id_(record.task_id),
      api_node_(record.api_node),
      algorithm_(algorithm),
      machine_(Clock::now(), tools.options.machine, {}, chance) {
  set_record(record);
  status_.since_us = unix_us();
  adopt(record);
  publish_status();
}

StreamRun::~StreamRun() {
  if (process_) tools_.gate.on_end();
}

void StreamRun::set_record(const TaskRecord& record) {
  const auto terms = tools_.launcher.terms(record, algorithm_);
  if (!terms) return;  // the same is wrong with its configuration, and shown when it is started
  address_ = terms->address;
  machine_.set_terms(terms->stream);
}

std::filesystem::path StreamRun::folder() const {
  return algorithm_folder(tools_.launcher.data_dir(), task_id_, algorithm_);
}

// ---- what is asked for

void StreamRun::request_stop() {
  logged_.clear();
  machine_.request_stop(Clock::now());
  publish_status();  // nobody may step it again
}

bool StreamRun::request_restart() {
  logged_.clear();
  return machine_.request_restart(Clock::now());
}

bool StreamRun::suits(const TaskRecord& record) const {
  if (!launch_) return false;
  // An ingest-node that is away for a moment is no reason for a restart.
  const auto& node = tools_.ingest(record.algorithms[algorithm_].ingest_node);
  const auto launch =
      tools_.launcher.prepare(record, algorithm_, node ? node->address : ingest_address_, port_);
  return launch && *launch == *launch_;
}

// ---- what is due

void StreamRun::step(const TaskRecord& record, bus::Revision revision) {
  if (process_) {
    look_at_video(record);
    if (const auto end = process_->poll()) take_exit(*end);
  }
  const StreamState before = machine_.state();
  switch (machine_.next(Clock::now(), look(record, revision))) {
    case StreamMachine::Action::kNone:
      break;
    case StreamMachine::Action::kStart:
      start(record);
      break;
    case StreamMachine::Action::kTerminate:
      process_->signal(SIGTERM);
      break;
    case StreamMachine::Action::kKill:
      log::write(once("stream_killed", log::Level::kWarn), "stream_killed",
                 {{"task", task_id_}, {"algorithm", algorithm_}});
      process_->signal(SIGKILL);
      break;
  }
  const StreamState now = machine_.state();
  const bool is_healthy =
      now == StreamState::kRunning && Clock::now() - machine_.since() >= tools_.options.machine.healthy_after;
  if (is_healthy) logged_.clear();
  const bool shows_health = now == StreamState::kStalled || now == StreamState::kBlocked ||
                            (now == StreamState::kRunning && before != StreamState::kStarting);
  publish_status();
  if (now != before && shows_health) tell(name_of(now), machine_.text());
}

StreamMachine::Look StreamRun::look(const TaskRecord& record, bus::Revision revision) {
  StreamMachine::Look look;
  if (!process_) {
    look.wait = wait(record, revision);
    return look;
  }
  look.hindrance = hindrance(record);
  look.last_video = flow_.last_video();
  look.usual_silence = flow_.usual_silence();
  look.end_of_stream = flow_.end_of_stream();
  look.not_posted = flow_.not_posted(Clock::now());
  const std::uint64_t limit = tools_.options.memory_limit_bytes;
  look.too_large = limit != 0 && resident_ > limit;
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
  if (tools_.ingest(record.algorithms[algorithm_].ingest_node)) {
    ingest_seen_ = now;
  } else if (now - ingest_seen_ >= kIngestBlinks) {
    return StreamReason::kIngestAway;
  }
  // As long as its frames come its log is not needed.
  const auto last = flow_.last_video();
  if (disk_full_ && (!last || now - *last >= VideoFlow::kWindow)) return StreamReason::kDiskFull;
  return flow_.hindrance(now);
}

void StreamRun::look_at_video(const TaskRecord& record) {
  const auto now = Clock::now();
  if (now < next_look_) return;
  next_look_ = now + kLookEvery;
  resident_ = process_->resident_bytes();
  if (output_) {
    output_->read([&](std::string_view line) {
      if (const auto speed = parse_fps_line(line)) flow_.on_fps_line(now, *speed);
    });
    output_->keep_short(tools_.options.log_limit_bytes, address_);
    disk_full_ = output_->is_full();
  }
  if (!tools_.hooks.find_flow || algorithm_ >= record.algorithms.size()) return;
  const auto heard = tools_.hooks.find_flow(task_id_, algorithm_, record.algorithms[algorithm_].ingest_node);
  if (!heard) return;
  if (heard_at_ && heard->at <= *heard_at_) return;
  heard_at_ = heard->at;
  flow_.on_count(now, heard->count);
}

void StreamRun::start(const TaskRecord& record) {
  tools_.gate.on_attempt(Clock::now());
  const auto& node = tools_.ingest(record.algorithms[algorithm_].ingest_node);
  auto port = tools_.ports.take();
  const auto log_from = OutputLog::length(tools_.launcher.log_file(task_id_, algorithm_));
  fail_point("api.before_launch");
  auto launch = !port ? Result<Launch>(tl::unexpected(port.error()))
                      : tools_.launcher.prepare(record, algorithm_, node->address, *port);
  auto process = launch.and_then(
      [&](const Launch& prepared) { return tools_.launcher.launch(record, algorithm_, prepared); });
  if (!process) {
    if (port) tools_.ports.give_back(*port);
    tools_.start_failures.add();
    machine_.on_start_failed(Clock::now(), {process.error().code, mask_secrets(process.error().message)});
    publish_status();
    tell("start_failed", machine_.text());
    return;
  }
  fail_point("api.after_launch");
  const std::uint32_t restarts = machine_.restarts();
  machine_.on_started(Clock::now());
  launch_ = *std::move(launch);
  go_on_with(StreamProcess(std::move(*process)), *port, node->address, log_from);
  // Whatever is counted from now on is of this process.
  const auto heard =
      tools_.hooks.find_flow ? tools_.hooks.find_flow(task_id_, algorithm_, node->node) : std::nullopt;
  flow_.on_count(Clock::now(), heard ? heard->count : FlowCount{});
  write_record();
  tools_.gate.on_start(Clock::now());
  tools_.started.add();
  if (machine_.restarts() != restarts) tools_.restarted.add();
  publish_status();
  tell("started", fmt::format("pid {}", status_.pid));
}

void StreamRun::go_on_with(StreamProcess process, std::uint16_t port, std::string ingest_address,
                           std::uint64_t log_from) {
  process_ = std::move(process);
  port_ = port;
  ingest_address_ = std::move(ingest_address);
  flow_ = {};
  heard_at_.reset();
  disk_full_ = false;
  resident_ = 0;
  ingest_seen_ = Clock::now();
  auto output = OutputLog::open(tools_.launcher.log_file(task_id_, algorithm_), log_from);
  if (output) {
    output_ = std::move(*output);
  } else {
    output_.reset();
    log::warn("stream_log_unreadable", {{"task", task_id_}, {"reason", output.error().message}});
  }
  tools_.gate.on_process();
}

void StreamRun::adopt(const TaskRecord& record) {
  auto found = tools_.left.take(folder());
  if (!found) return;
  const ProcessRecord& known = found->record;
  tools_.ports.claim(known.control_port);
  machine_.on_adopted(Clock::now(), known.restarts);
  // What it was started with is what would be written for it now, or it must be started again.
  const auto launch = tools_.launcher.prepare(record, algorithm_, known.ingest_address, known.control_port);
  const bool fits = launch && launch->command == known.process.arguments &&
                    is_stream_config(folder() / "config", launch->files);
  if (fits) launch_ = *launch;
  const auto log_from = OutputLog::length(tools_.launcher.log_file(task_id_, algorithm_));
  go_on_with(StreamProcess(std::move(found->process)), known.control_port, known.ingest_address, log_from);
  if (!fits) machine_.request_restart(Clock::now());
  tools_.adopted.add();
  publish_status();
  tell("adopted", fmt::format("pid {}{}", status_.pid, fits ? "" : ", to be restarted with other settings"));
}

// Without it a later api-node would end the process as one that nobody knows.
void StreamRun::write_record() {
  const auto identity = identify_process(process_->pid());
  if (!identity) return;  // it has ended already
  const auto written =
      write_process_record(folder(), {*identity, port_, ingest_address_, unix_us(), machine_.restarts()});
  if (!written) {
    log::warn("process_record_not_written", {{"task", task_id_}, {"reason", written.error().message}});
  }
}

void StreamRun::take_exit(const ProcessEnd& end) {
  process_.reset();
  tools_.gate.on_end();
  remove_process_record(folder());
  if (const auto killed = kill_stragglers(api_node_, folder()); killed > 0) {
    log::write(once("stragglers_killed", log::Level::kWarn), "stragglers_killed",
               {{"task", task_id_}, {"processes", killed}});
  }
  tools_.ports.give_back(port_);
  tools_.exited.add();
  machine_.on_exit(Clock::now(), end);
  if (machine_.reason() == StreamReason::kMoved) {
    publish_status();
    return;  // as we asked, to be started again
  }
  status_.last_exit = text_of(end);
  status_.exit_code.reset();
  status_.exit_signal.reset();
  if (end) (end->signalled ? status_.exit_signal : status_.exit_code) = end->value;
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
  status_.pid = process_ ? process_->pid() : 0;
  status_.memory_bytes = process_ ? resident_ : 0;
  const auto now = Clock::now();
  status_.fps_in = process_ ? flow_.fps_in(now) : 0;
  status_.fps_posted = process_ ? flow_.fps_posted(now) : 0;
  if (flow_.last_frame_us() != 0) status_.last_frame_us = flow_.last_frame_us();
  if (has_changed && tools_.hooks.on_status) tools_.hooks.on_status(task_id_, algorithm_, status_);
}

// The way of a camera that is away for a day is gone a hundred times.
log::Level StreamRun::once(const std::string& kind, log::Level level) {
  return logged_.insert(kind).second ? level : log::Level::kDebug;
}

void StreamRun::tell(std::string_view kind, const std::string& text) {
  const StreamState state = machine_.state();
  const bool is_trouble = state == StreamState::kBackoff || state == StreamState::kCrashLoop ||
                          state == StreamState::kFailed || state == StreamState::kStalled ||
                          state == StreamState::kBlocked;
  const auto event = fmt::format("stream_{}", kind);
  log::write(once(event, is_trouble ? log::Level::kWarn : log::Level::kInfo), event,
             {{"task", task_id_}, {"algorithm", algorithm_}, {"detail", text}});
  tools_.hooks.on_event({task_id_, algorithm_, std::string(kind), text, unix_us()});
}

}  // namespace stream::api
