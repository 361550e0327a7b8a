#include "shared_run.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "config_files.hpp"
#include "fps_line.hpp"
#include "stream/common/clock.hpp"
#include "stream/common/files.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/common/secrets.hpp"

namespace stream::api {
namespace {

using std::chrono::milliseconds;
using Clock = SharedRun::Clock;

// The logs and the counts; the process itself is looked at in every round.
constexpr milliseconds kLookEvery{200};
// One that starts again, or that we have not heard of yet because we have just started, is not away.
constexpr std::chrono::seconds kIngestBlinks{2};

double chance() {
  constexpr double kAll = 18446744073709551616.0;  // 2^64
  return static_cast<double>(random_u64()) / kAll;
}

StreamMachineOptions for_health(StreamMachineOptions options) {
  options.stall_restart_after = milliseconds(0);  // the others would be disturbed
  return options;
}

// One that is missing, or that cannot be read, is left out: the process is told again.
std::vector<manifest::ChannelConfig> read_channels(const nlohmann::json& demo, std::int64_t graph_id) {
  std::vector<manifest::ChannelConfig> channels;
  if (!demo.is_object()) return channels;
  for (const auto& entry : demo.value("channels", nlohmann::json::array())) {
    const auto id = entry.is_object() ? entry.value("channel_id", nlohmann::json()) : nlohmann::json();
    if (id.is_number_integer()) channels.push_back({id.get<std::int32_t>(), graph_id, entry});
  }
  return channels;
}

nlohmann::json entries_of(const std::vector<manifest::ChannelConfig>& channels) {
  nlohmann::json entries = nlohmann::json::array();
  for (const auto& channel : channels) entries.push_back(channel.entry);
  return entries;
}

}  // namespace

SharedRun::SharedRun(RunnerTools& tools, std::string key, std::string api_node)
    : tools_(tools),
      key_(std::move(key)),
      name_(shared_name(key_)),
      plan_(tools.options.channels),
      process_(tools, std::move(api_node), shared_folder(tools.launcher.data_dir(), key_)) {
  begin_machine();
}

void SharedRun::begin_machine() {
  machine_.emplace(Clock::now(), tools_.options.machine, StreamTerms{}, chance);
}

// ---- cameras

std::optional<SharedRun::Channel> SharedRun::channel_of(Ticket ticket) const {
  const auto found = std::find_if(cameras_.begin(), cameras_.end(),
                                  [&](const auto& entry) { return entry.second.ticket == ticket; });
  return found == cameras_.end() ? std::nullopt : std::optional(found->first);
}

SharedRun::Camera* SharedRun::find(Ticket ticket) {
  const auto channel = channel_of(ticket);
  return channel ? &cameras_.at(*channel) : nullptr;
}

const SharedRun::Camera* SharedRun::find(Ticket ticket) const {
  const auto channel = channel_of(ticket);
  return channel ? &cameras_.at(*channel) : nullptr;
}

SharedRun::Ticket SharedRun::join(const TaskRecord& record, std::uint32_t algorithm, bus::Revision revision) {
  const Channel channel = record.algorithms.at(algorithm).shared_channel;
  const auto present = cameras_.find(channel);
  const bool is_same = present != cameras_.end() && present->second.record.task_id == record.task_id &&
                       present->second.algorithm == algorithm;
  if (present != cameras_.end() && !is_same) return 0;
  if (!is_same) {
    cameras_.emplace(channel, Camera{0,
                                     record,
                                     algorithm,
                                     revision,
                                     false,
                                     {},
                                     WatchedVideo(tools_, record.task_id, algorithm),
                                     {},
                                     {}});
    cameras_.at(channel).status.since_us = unix_us();
  }
  // Who asks again wants more than a slow try.
  if (!process_.is_there() && needs_help(machine_->state())) begin_machine();
  Camera& camera = cameras_.at(channel);
  camera.ticket = ++last_ticket_;
  camera.leaving = false;
  camera.given_up.clear();
  update(camera.ticket, record, revision);
  publish_status(channel, camera, Clock::now());
  return camera.ticket;
}

void SharedRun::update(Ticket ticket, const TaskRecord& record, bus::Revision revision) {
  Camera* camera = find(ticket);
  if (camera == nullptr || camera->leaving || camera->algorithm >= record.algorithms.size()) return;
  const AlgorithmSpec& spec = record.algorithms[camera->algorithm];
  const Channel channel = camera->record.algorithms.at(camera->algorithm).shared_channel;
  if (spec.shared_key != key_ || spec.shared_channel != channel) return;  // it will leave
  if (camera->revision == revision && plan_.wanted(channel) != nullptr) return;
  camera->record = record;
  camera->revision = revision;
  want(*camera, channel);
}

void SharedRun::want(Camera& camera, Channel channel) {
  const auto config = tools_.launcher.channel(camera.record, camera.algorithm);
  if (config) return plan_.want(*config);
  give_up(channel, config.error().message);
}

void SharedRun::leave(Ticket ticket) {
  const auto channel = channel_of(ticket);
  if (!channel || std::exchange(cameras_.at(*channel).leaving, true)) return;
  plan_.unwant(Clock::now(), *channel);
}

bool SharedRun::suits(Ticket ticket, const TaskRecord& record) const {
  const Camera* camera = find(ticket);
  if (camera == nullptr || camera->leaving || !camera->given_up.empty()) return false;
  const AlgorithmSpec &was = camera->record.algorithms.at(camera->algorithm),
                      &now = record.algorithms.at(camera->algorithm);
  if (now.shared_key != key_ || now.shared_channel != was.shared_channel ||
      now.shared_files != was.shared_files) {
    return false;
  }
  const auto config = tools_.launcher.channel(record, camera->algorithm);
  const auto* wanted = plan_.wanted(now.shared_channel);
  return config && wanted != nullptr && *wanted == *config;
}

bool SharedRun::is_played(Ticket ticket) const {
  const auto channel = channel_of(ticket);
  return channel && process_.is_there() && plan_.is_inside(*channel);
}

const StreamStatus* SharedRun::status(Ticket ticket) const {
  const Camera* camera = find(ticket);
  return camera == nullptr ? nullptr : &camera->status;
}

bool SharedRun::wants_process() const {
  return !plan_.playlist().empty();
}

const SharedRun::Camera* SharedRun::newest() const {
  const Camera* found = nullptr;
  for (const auto& [channel, camera] : cameras_) {
    const bool is_wanted = !camera.leaving && camera.given_up.empty();
    if (is_wanted && (found == nullptr || camera.revision > found->revision)) found = &camera;
  }
  return found;
}

// ---- the process

void SharedRun::go_on() {
  may_start_ = true;
  if (!process_.is_there()) adopt();
}

bool SharedRun::is_over() const {
  return cameras_.empty() && !process_.is_there() && busy().empty();
}

void SharedRun::remove_files() const {
  if (auto removed = remove_folder(process_.folder()); !removed) {
    log::warn("shared_folder_stays", {{"reason", removed.error().message}});
  }
}

void SharedRun::step() {
  if (!may_start_) return;
  const auto now = Clock::now();
  if (process_.is_there()) {
    look_at_video(now);
    if (const auto end = process_.poll()) take_exit(*end);
  }
  if (!wants_process()) {
    machine_->request_stop(now);
  } else if (machine_->is_over()) {
    begin_machine();
  }
  follow_ingest(now);
  switch (machine_->next(now, look(now))) {
    case StreamMachine::Action::kNone:
      break;
    case StreamMachine::Action::kStart:
      start();
      break;
    case StreamMachine::Action::kTerminate:
      process_.signal(SIGTERM);
      break;
    case StreamMachine::Action::kKill:
      log::warn("stream_killed", {{"shared", name_}});
      process_.signal(SIGKILL);
      break;
  }
  tell_process(now);
  forget_gone();
  publish_statuses(now);
}

void SharedRun::follow_ingest(Clock::time_point now) {
  const Camera* camera = newest();
  if (camera == nullptr || !process_.is_there()) return;
  const std::string& name = camera->record.algorithms.at(camera->algorithm).ingest_node;
  const auto& node = tools_.ingest(name);
  if (!node || node->address == process_.ingest_address() || !machine_->request_restart(now)) return;
  tell_all("moved", fmt::format("to ingest-node {} at {}", name, node->address));
}

StreamMachine::Look SharedRun::look(Clock::time_point now) {
  StreamMachine::Look look;
  if (!process_.is_there()) {
    look.wait = wait();
    return look;
  }
  look.hindrance = hindrance(now);
  look.too_large = process_.is_too_large();
  bool all_hindered = true;
  StreamReason reason = StreamReason::kNone;
  for (const auto& [channel, camera] : cameras_) {
    if (!camera.health) continue;
    const VideoFlow& flow = camera.video.flow();
    look.last_video = std::max(look.last_video, flow.last_video());
    look.usual_silence = std::max(look.usual_silence, flow.usual_silence());
    reason = flow.hindrance(now);
    all_hindered = all_hindered && reason != StreamReason::kNone;
    look.not_posted = look.not_posted || flow.not_posted(now);
  }
  if (look.hindrance == StreamReason::kNone && all_hindered) look.hindrance = reason;
  return look;
}

StreamReason SharedRun::wait() const {
  const Camera* camera = newest();
  if (camera == nullptr) return StreamReason::kNone;
  const auto& node = tools_.ingest(camera->record.algorithms.at(camera->algorithm).ingest_node);
  if (!node) return StreamReason::kIngestAway;
  if (const auto turn = tools_.gate.wait(Clock::now()); turn != StreamReason::kNone) return turn;
  return node->tasks_revision >= camera->revision ? StreamReason::kNone : StreamReason::kIngestBehind;
}

// Of ours, in the way of all of them.
StreamReason SharedRun::hindrance(Clock::time_point now) {
  const Camera* camera = newest();
  if (camera == nullptr) return StreamReason::kNone;
  if (tools_.ingest(camera->record.algorithms.at(camera->algorithm).ingest_node)) {
    ingest_seen_ = now;
  } else if (now - ingest_seen_ >= kIngestBlinks) {
    return StreamReason::kIngestAway;
  }
  if (!process_.disk_full()) return StreamReason::kNone;
  const bool has_video = std::any_of(cameras_.begin(), cameras_.end(), [&](const auto& entry) {
    const auto last = entry.second.video.flow().last_video();
    return last && now - *last < VideoFlow::kWindow;
  });
  return has_video ? StreamReason::kNone : StreamReason::kDiskFull;
}

void SharedRun::look_at_video(Clock::time_point now) {
  if (now < next_look_) return;
  next_look_ = now + kLookEvery;
  // What is counted at the end of the graph has another number than the channel's id.
  process_.follow_log({}, [&](std::string_view line) {
    const auto speed = parse_fps_line(line);
    if (!speed || !speed->decoded) return;
    if (const auto found = cameras_.find(speed->channel); found != cameras_.end())
      found->second.video.flow().on_fps_line(now, *speed);
  });
  for (auto& [channel, camera] : cameras_) {
    camera.video.listen(now, camera.record.algorithms.at(camera.algorithm).ingest_node);
    if (camera.health && camera.video.flow().last_video()) plan_.on_video(now, channel);
  }
}

void SharedRun::start() {
  const Camera& first = *newest();
  const auto now = Clock::now();
  tools_.gate.on_attempt(now);
  const std::string ingest_address =
      tools_.ingest(first.record.algorithms.at(first.algorithm).ingest_node)->address;
  const auto started = process_.start(
      [&](std::uint16_t port) {
        return tools_.launcher
            .prepare_shared(first.record, first.algorithm, ingest_address, port, plan_.playlist())
            .map([&](SharedLaunch shared) {
              demo_file_ = shared.demo_file;
              return std::move(shared.launch);
            });
      },
      ingest_address);
  if (!started) {
    machine_->on_start_failed(now, started.error());
    tell_all("start_failed", machine_->text());
    return;
  }
  const std::uint32_t restarts = machine_->restarts();
  machine_->on_started(now);
  plan_.on_started();
  ingest_seen_ = now;
  for (auto& [channel, camera] : cameras_) {
    if (plan_.is_told(channel)) begin_camera(camera, now, false);
  }
  process_.write_record(machine_->restarts());
  if (machine_->restarts() != restarts) tools_.restarted.add();
  tell_all("started", fmt::format("pid {}, shared", process_.pid()));
}

void SharedRun::adopt() {
  const auto known = process_.adopt();
  if (!known) return;
  const auto now = Clock::now();
  machine_->on_adopted(now, known->restarts);
  ingest_seen_ = now;
  auto files = read_stream_config(process_.folder() / "config");
  const Camera* camera = newest();
  auto shared = camera == nullptr
                    ? Result<SharedLaunch>(fail(ErrorCode::kNotFound, "no task wants it any more"))
                    : tools_.launcher.prepare_shared(camera->record, camera->algorithm, known->ingest_address,
                                                     known->control_port, {});
  bool fits = false;
  if (shared) {
    demo_file_ = shared->demo_file;
    const auto wanted = plan_.playlist();
    const auto playing = read_channels(files[demo_file_], wanted.empty() ? 0 : wanted.front().graph_id);
    files[demo_file_]["channels"] = nlohmann::json::array();
    fits = shared->launch.command == known->process.arguments && shared->launch.files == files;
    plan_.on_adopted(playing);
    shared->launch.files[demo_file_]["channels"] = entries_of(playing);
    process_.set_launch(std::move(shared->launch));
  } else {
    plan_.on_adopted({});
  }
  if (!fits) machine_->request_restart(now);
  for (auto& [channel, present] : cameras_) {
    if (plan_.is_told(channel)) begin_camera(present, now, true);
  }
  tell_all("adopted", fmt::format("pid {}, shared{}", process_.pid(),
                                  fits ? "" : ", to be restarted with other settings"));
}

void SharedRun::take_exit(const ProcessEnd& end) {
  const auto now = Clock::now();
  machine_->on_exit(now, end);
  plan_.on_ended(now);
  asked_.reset();
  for (auto& [channel, camera] : cameras_) camera.health.reset();
  if (machine_->reason() == StreamReason::kMoved) return;  // as we asked, to be started again
  ended_.last_exit = text_of(end);
  ended_.exit_code.reset();
  ended_.exit_signal.reset();
  if (end) (end->signalled ? ended_.exit_signal : ended_.exit_code) = end->value;
  const bool is_asked = machine_->state() == StreamState::kStopped;
  if (is_asked) {
    log::info("stream_stopped", {{"shared", name_}, {"detail", text_of(end)}});
  } else {
    tell_all("exited", machine_->text());
  }
}

// ---- what it is told

void SharedRun::tell_process(Clock::time_point now) {
  take_answer(now);
  // One that is to end anyway is told nothing.
  if (!process_.is_there() || machine_->state() == StreamState::kStopping) return;
  const auto may_add = [this](Channel channel) {
    const auto found = cameras_.find(channel);
    if (found == cameras_.end()) return false;
    const Camera& camera = found->second;
    const auto& node = tools_.ingest(camera.record.algorithms.at(camera.algorithm).ingest_node);
    return node && node->tasks_revision >= camera.revision;
  };
  const auto step = plan_.next(now, may_add, may_start_);
  switch (step.action) {
    case ChannelPlan::Action::kNone:
      break;
    case ChannelPlan::Action::kAdd:
      asked_ = tools_.control.add(process_.port(), step.channel);
      break;
    case ChannelPlan::Action::kDrop:
      asked_ = tools_.control.drop(process_.port(), step.channel);
      break;
    case ChannelPlan::Action::kGiveUp:
      give_up(step.channel.id, step.why);
      break;
    case ChannelPlan::Action::kRestart:
      log::warn("shared_process_deaf", {{"shared", name_}, {"channel", step.channel.id}});
      machine_->request_restart(now);
      break;
  }
}

void SharedRun::take_answer(Clock::time_point now) {
  if (!asked_ || asked_->wait_for(milliseconds(0)) != std::future_status::ready) return;
  const Told told = asked_->get();
  asked_.reset();
  if (told.result != TellResult::kTaken) {
    log::debug("shared_process_not_told", {{"shared", name_}, {"reason", told.text}});
  }
  plan_.on_told(now, told.result);
  for (auto& [channel, camera] : cameras_) {
    const bool is_told = plan_.is_told(channel);
    if (is_told && !camera.health) {
      begin_camera(camera, now, false);
      tell(camera, "started", fmt::format("pid {}, shared, channel {}", process_.pid(), channel));
    } else if (!is_told) {
      camera.health.reset();
    }
  }
  write_channels();
}

void SharedRun::begin_camera(Camera& camera, Clock::time_point now, bool is_adopted) {
  camera.health.emplace(now, for_health(tools_.options.machine), StreamTerms{}, chance);
  if (is_adopted) {
    camera.health->on_adopted(now, 0);
    camera.video.begin_anew();
  } else {
    camera.health->on_started(now);
    camera.video.begin(now, camera.record.algorithms.at(camera.algorithm).ingest_node);
  }
}

// What it plays stands in its files, for an api-node that finds it again.
void SharedRun::write_channels() {
  if (!process_.launch()) return;
  Launch launch = *process_.launch();
  nlohmann::json& demo = launch.files[demo_file_];
  nlohmann::json entries = entries_of(plan_.playing());
  if (demo["channels"] == entries) return;
  demo["channels"] = std::move(entries);
  const auto written = write_file(process_.folder() / "config" / demo_file_, demo.dump(2) + "\n");
  if (!written) log::warn("shared_config_not_written", {{"reason", written.error().message}});
  process_.set_launch(std::move(launch));
}

void SharedRun::give_up(Channel channel, const std::string& why) {
  Camera& camera = cameras_.at(channel);
  camera.given_up = mask_secrets(why);
  tell(camera, "fell_back", camera.given_up);
  tools_.hooks.on_fall_back({camera.record.task_id, camera.algorithm, {key_, channel}, camera.given_up});
}

void SharedRun::forget_gone() {
  std::erase_if(cameras_, [this](const auto& entry) {
    return entry.second.leaving && !(process_.is_there() && plan_.is_inside(entry.first));
  });
}

// ---- how it stands

void SharedRun::publish_statuses(Clock::time_point now) {
  for (auto& [channel, camera] : cameras_) publish_status(channel, camera, now);
}

void SharedRun::publish_status(Channel channel, Camera& camera, Clock::time_point now) {
  const StreamState before = camera.status.state;
  StreamStatus status = process_status();
  status.last_frame_us = camera.status.last_frame_us;
  if (camera.leaving) {
    status.state = StreamState::kStopping;
    status.reason = StreamReason::kAsked;
    status.text.clear();
  } else if (!camera.given_up.empty()) {
    status.state = StreamState::kQueued;
    status.reason = StreamReason::kSharedTurn;
    status.text = "gets a process of its own: " + camera.given_up;
  } else if (process_.is_there() && status.state != StreamState::kStopping) {
    show_camera(camera, status, now);
  }
  // Also of one that is still to be dropped.
  status.pid = plan_.is_inside(channel) ? process_.pid() : 0;
  status.since_us = status.state == before ? camera.status.since_us : unix_us();
  camera.status = std::move(status);
  const StreamState state = camera.status.state;
  const bool shows_health = state == StreamState::kStalled || state == StreamState::kBlocked ||
                            (state == StreamState::kRunning &&
                             (before == StreamState::kStalled || before == StreamState::kBlocked));
  if (state != before && shows_health) tell(camera, name_of(state), camera.status.text);
}

// What is true of all who share it.
StreamStatus SharedRun::process_status() const {
  StreamStatus status = ended_;
  status.state = machine_->state();
  status.reason = machine_->reason();
  status.text = machine_->text();
  status.restarts = machine_->restarts();
  status.memory_bytes = process_.resident_bytes();
  return status;
}

// What is true of this camera, while the process is there.
void SharedRun::show_camera(Camera& camera, StreamStatus& status, Clock::time_point now) {
  if (!camera.health) {
    status.state = StreamState::kQueued;
    status.reason = StreamReason::kSharedTurn;
    status.text = "the process that it shares is still to be told of it";
    return;
  }
  const VideoFlow& flow = camera.video.flow();
  StreamMachine::Look look{StreamReason::kNone, hindrance(now), flow.last_video(), flow.usual_silence(),
                           flow.end_of_stream()};
  if (look.hindrance == StreamReason::kNone) look.hindrance = flow.hindrance(now);
  camera.health->next(now, look);
  status.state = camera.health->state();
  status.reason = camera.health->reason();
  status.text = camera.health->text();
  status.fps_in = flow.fps_in(now);
  status.fps_posted = flow.fps_posted(now);
  if (flow.last_frame_us() != 0) status.last_frame_us = flow.last_frame_us();
}

void SharedRun::tell(const Camera& camera, std::string_view kind, const std::string& text) const {
  const bool is_trouble = kind == "fell_back" || camera.status.state == StreamState::kStalled ||
                          camera.status.state == StreamState::kBlocked;
  log::write(is_trouble ? log::Level::kWarn : log::Level::kInfo, fmt::format("stream_{}", kind),
             {{"task", camera.record.task_id}, {"algorithm", camera.algorithm}, {"detail", text}});
  tools_.hooks.on_event({camera.record.task_id, camera.algorithm, std::string(kind), text, unix_us()});
}

// Logged once, told to each.
void SharedRun::tell_all(std::string_view kind, const std::string& text) const {
  const StreamState state = machine_->state();
  const bool is_trouble = !api::has_process(state) && state != StreamState::kQueued;
  log::write(is_trouble ? log::Level::kWarn : log::Level::kInfo, fmt::format("stream_{}", kind),
             {{"shared", name_}, {"cameras", cameras_.size()}, {"detail", text}});
  for (const auto& [channel, camera] : cameras_) {
    tools_.hooks.on_event({camera.record.task_id, camera.algorithm, std::string(kind), text, unix_us()});
  }
}

// ---- all of them

std::shared_ptr<SharedRun> SharedRuns::get(RunnerTools& tools, const std::string& key,
                                           const std::string& api_node) {
  auto& run = runs_[key];
  if (!run) {
    run = std::make_shared<SharedRun>(tools, key, api_node);
    if (may_start_) run->go_on();
  }
  return run;
}

void SharedRuns::go_on() {
  may_start_ = true;
  for (const auto& [key, run] : runs_) run->go_on();
}

void SharedRuns::step() {
  for (const auto& [key, run] : runs_) run->step();
  std::erase_if(runs_, [](const auto& entry) {
    if (!entry.second->is_over()) return false;
    entry.second->remove_files();
    return true;
  });
}

bool SharedRuns::has_process() const {
  return std::any_of(runs_.begin(), runs_.end(), [](const auto& run) { return run.second->has_process(); });
}

std::set<Seat> SharedRuns::busy() const {
  std::set<Seat> seats;
  for (const auto& [key, run] : runs_) {
    for (const auto channel : run->busy()) seats.insert({key, channel});
  }
  return seats;
}

}  // namespace stream::api
