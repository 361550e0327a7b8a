#include "shared_run.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "config_files.hpp"
#include "fps_line.hpp"
#include "stream/common/files.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"

namespace stream::api {
namespace {

using std::chrono::milliseconds;
using Clock = SharedRun::Clock;

// The logs and the counts; the process itself is looked at in every round.
constexpr milliseconds kLookEvery{200};
// What an ingest-node, which tells every second, has counted longer ago says nothing.
constexpr milliseconds kHeardWithin{5000};
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
  machine_.emplace(Clock::now(), tools_.options.machine, StreamTerms{}, random_fraction);
}

// ---- cameras

std::optional<SharedRun::Channel> SharedRun::channel_of(Ticket ticket) const {
  const auto found = std::find_if(cameras_.begin(), cameras_.end(),
                                  [&](const auto& entry) { return entry.second.ticket() == ticket; });
  return found == cameras_.end() ? std::nullopt : std::optional(found->first);
}

SharedCamera* SharedRun::find(Ticket ticket) {
  const auto channel = channel_of(ticket);
  return channel ? &cameras_.at(*channel) : nullptr;
}

const SharedCamera* SharedRun::find(Ticket ticket) const {
  const auto channel = channel_of(ticket);
  return channel ? &cameras_.at(*channel) : nullptr;
}

SharedRun::Ticket SharedRun::join(const TaskRecord& record, std::uint32_t algorithm, bus::Revision revision) {
  const Channel channel = record.algorithms.at(algorithm).shared_channel;
  const auto present = cameras_.find(channel);
  const bool is_same = present != cameras_.end() && present->second.record().task_id == record.task_id &&
                       present->second.algorithm() == algorithm;
  if (present != cameras_.end() && !is_same) return 0;
  if (!is_same) cameras_.try_emplace(channel, tools_, record, algorithm, revision);
  // Who asks again wants more than a slow try.
  if (!process_.is_there() && needs_help(machine_->state())) begin_machine();
  once_.forget();
  SharedCamera& camera = cameras_.at(channel);
  if (!camera.is_wanted()) plan_.unwant(Clock::now(), channel);  // it gets another chance
  camera.come(++last_ticket_);
  update(camera.ticket(), record, revision);
  const auto now = Clock::now();
  update_status(channel, camera, common(now), now);
  return camera.ticket();
}

void SharedRun::update(Ticket ticket, const TaskRecord& record, bus::Revision revision) {
  SharedCamera* camera = find(ticket);
  if (camera == nullptr || camera->is_leaving() || camera->algorithm() >= record.algorithms.size()) return;
  const AlgorithmSpec& spec = record.algorithms[camera->algorithm()];
  const Channel channel = camera->spec().shared_channel;
  if (spec.shared_key != key_ || spec.shared_channel != channel) return;  // it will leave
  if (camera->revision() == revision && !camera->is_new()) return;
  camera->set_record(record, revision);
  want(*camera);
}

void SharedRun::want(SharedCamera& camera) {
  const auto config = tools_.launcher.channel(camera.record(), camera.algorithm());
  if (config) {
    camera.hold(std::nullopt);
    return plan_.want(*config);
  }
  plan_.unwant(Clock::now(), camera.spec().shared_channel);
  if (config.error().code == ErrorCode::kConflict) {
    camera.give_up(config.error().message);
  } else {
    camera.hold(config.error());
  }
}

// What could not be configured.
void SharedRun::want_held() {
  for (auto& [channel, camera] : cameras_) {
    if (camera.is_wanted() && camera.held_for()) want(camera);
  }
}

void SharedRun::leave(Ticket ticket) {
  const auto channel = channel_of(ticket);
  if (!channel || cameras_.at(*channel).is_leaving()) return;
  cameras_.at(*channel).leave();
  plan_.unwant(Clock::now(), *channel);
}

bool SharedRun::suits(Ticket ticket, const TaskRecord& record) const {
  const SharedCamera* camera = find(ticket);
  if (camera == nullptr || !camera->is_wanted()) return false;
  const AlgorithmSpec &was = camera->spec(), &now = record.algorithms.at(camera->algorithm());
  if (now.shared_key != key_ || now.shared_channel != was.shared_channel ||
      now.shared_files != was.shared_files) {
    return false;
  }
  const auto config = tools_.launcher.channel(record, camera->algorithm());
  const auto* wanted = plan_.wanted(now.shared_channel);
  return config && wanted != nullptr && *wanted == *config;
}

bool SharedRun::is_played(Ticket ticket) const {
  const auto channel = channel_of(ticket);
  return channel && process_.is_there() && plan_.is_inside(*channel);
}

const StreamStatus* SharedRun::status(Ticket ticket) const {
  const SharedCamera* camera = find(ticket);
  return camera == nullptr ? nullptr : &camera->status();
}

bool SharedRun::wants_process() const {
  return newest() != nullptr;
}

const SharedCamera* SharedRun::newest() const {
  const SharedCamera* found = nullptr;
  for (const auto& [channel, camera] : cameras_) {
    if (camera.is_wanted() && (found == nullptr || camera.revision() > found->revision())) found = &camera;
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
  if (process_.is_there() && now >= next_try_of_held_) {
    next_try_of_held_ = now + tools_.options.machine.longest_delay;
    want_held();
  }
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
      log::write(once_.level("stream_killed", log::Level::kWarn), "stream_killed", {{"shared", name_}});
      process_.signal(SIGKILL);
      break;
  }
  renew_stalled(now);
  tell_process(now);
  forget_gone();
  const bool is_healthy = machine_->state() == StreamState::kRunning &&
                          now - machine_->since() >= tools_.options.machine.healthy_after;
  if (is_healthy) once_.forget();
  update_statuses(now);
}

void SharedRun::follow_ingest(Clock::time_point now) {
  const SharedCamera* camera = newest();
  if (camera == nullptr || !process_.is_there()) return;
  const auto& node = ingest_of(*camera);
  if (!node || node->address == process_.ingest_address() || !machine_->request_restart(now)) return;
  tell_all("moved", fmt::format("to ingest-node {} at {}", node->node, node->address));
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
    if (!camera.is_played()) continue;
    const VideoFlow& flow = camera.flow();
    look.last_video = std::max(look.last_video, flow.last_video());
    look.usual_silence = std::max(look.usual_silence, flow.usual_silence());
    reason = flow.hindrance(now);
    all_hindered = all_hindered && reason != StreamReason::kNone;
  }
  look.not_posted = is_not_posted(now);
  if (look.hindrance == StreamReason::kNone && all_hindered) look.hindrance = reason;
  return look;
}

StreamReason SharedRun::wait() const {
  const SharedCamera* camera = newest();
  if (camera == nullptr) return StreamReason::kNone;
  const auto& node = ingest_of(*camera);
  if (!node) return StreamReason::kIngestAway;
  if (const auto turn = tools_.gate.wait(Clock::now()); turn != StreamReason::kNone) return turn;
  return node->tasks_revision >= camera->revision() ? StreamReason::kNone : StreamReason::kIngestBehind;
}

// Of ours, in the way of all of them.
StreamReason SharedRun::hindrance(Clock::time_point now) {
  const SharedCamera* camera = newest();
  if (camera == nullptr) return StreamReason::kNone;
  if (ingest_sight_.is_away(now, ingest_of(*camera).has_value())) return StreamReason::kIngestAway;
  if (!process_.disk_full()) return StreamReason::kNone;
  const bool has_video = std::any_of(cameras_.begin(), cameras_.end(), [&](const auto& entry) {
    const auto last = entry.second.flow().last_video();
    return last && now - *last < VideoFlow::kWindow;
  });
  return has_video ? StreamReason::kNone : StreamReason::kDiskFull;
}

bool SharedRun::is_not_posted(Clock::time_point now) {
  const SharedCamera* camera = newest();
  if (camera == nullptr || !posted_.not_posted() || !tools_.hooks.find_flow) return false;
  const auto heard =
      tools_.hooks.find_flow(camera->record().task_id, camera->algorithm(), camera->spec().ingest_node);
  return heard && now - heard->at < kHeardWithin;
}

void SharedRun::look_at_video(Clock::time_point now) {
  if (now < next_look_) return;
  next_look_ = now + kLookEvery;
  for (auto& [channel, camera] : cameras_) {
    if (camera.listen(now)) posted_.on_taken();
  }
  const bool not_posted = is_not_posted(now);
  process_.follow_log([&](std::string_view line) {
    const auto speed = parse_fps_line(line);
    if (!speed) return;
    // What is counted at the end of the graph has another number than the channel's id.
    if (!speed->decoded) {
      if (speed->fps > 0) posted_.on_out(now);
      return;
    }
    const auto found = cameras_.find(speed->channel);
    if (found != cameras_.end() && !not_posted) found->second.flow().on_fps_line(now, *speed);
  });
  for (auto& [channel, camera] : cameras_) {
    const bool is_decoded = camera.flow().last_video() && !posted_.has_put_out_since(camera.played_since());
    if (camera.is_played() && (camera.is_posted() || is_decoded)) plan_.on_video(now, channel);
  }
}

void SharedRun::start() {
  want_held();
  const SharedCamera* camera_of_all = newest();
  if (camera_of_all == nullptr || !ingest_of(*camera_of_all)) return;  // that one was given up just now
  const SharedCamera& first = *camera_of_all;
  const auto now = Clock::now();
  tools_.gate.on_attempt(now);
  if (first.held_for()) {
    machine_->on_start_failed(now, *first.held_for());
    tell_all("start_failed", machine_->text());
    return;
  }
  const std::string ingest_address = ingest_of(first)->address;
  const auto started = process_.start(
      [&](std::uint16_t port) {
        return tools_.launcher
            .prepare_shared(first.record(), first.algorithm(), ingest_address, port, plan_.playlist())
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
  plan_.on_started(now);
  posted_ = {};
  ingest_sight_.begin(now);
  for (auto& [channel, camera] : cameras_) {
    if (plan_.is_told(channel)) camera.begin(now);
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
  posted_ = {};
  ingest_sight_.begin(now);
  auto files = read_stream_config(process_.folder() / "config");
  const SharedCamera* camera = newest();
  const auto wanted = plan_.playlist();
  const auto prepare = [&](std::uint32_t room) {
    return camera == nullptr
               ? Result<SharedLaunch>(fail(ErrorCode::kNotFound, "no task wants it any more"))
               : tools_.launcher.prepare_shared(camera->record(), camera->algorithm(), known->ingest_address,
                                                known->control_port, wanted, room);
  };
  // But for its cameras; it is told of them.
  const auto is_as_started = [&](const SharedLaunch& launch) {
    files[launch.demo_file]["channels"] = entries_of(wanted);
    return launch.launch.command == known->process.arguments && launch.launch.files == files;
  };
  auto shared = prepare(0);
  bool fits = false;
  if (shared) {
    demo_file_ = shared->demo_file;
    const auto playing = read_channels(files[demo_file_], wanted.empty() ? 0 : wanted.front().graph_id);
    fits = is_as_started(*shared);
    if (!fits) {  // max_channels was more when it was started
      if (auto roomier = prepare(room_of(files)); roomier && is_as_started(*roomier)) {
        fits = true;
        shared = std::move(roomier);
      }
    }
    plan_.on_adopted(now, playing);
    shared->launch.files[demo_file_]["channels"] = entries_of(playing);
    process_.set_launch(std::move(shared->launch));
  } else {
    plan_.on_adopted(now, {});
  }
  if (!fits) machine_->request_restart(now);
  for (auto& [channel, present] : cameras_) {
    if (plan_.is_told(channel)) present.go_on(now);
  }
  tell_all("adopted", fmt::format("pid {}, shared{}", process_.pid(),
                                  fits ? "" : ", to be restarted with other settings"));
}

void SharedRun::take_exit(const ProcessEnd& end) {
  const auto now = Clock::now();
  machine_->on_exit(now, end);
  plan_.on_ended(now);
  control_.forget();
  asked_.reset();
  for (auto& [channel, camera] : cameras_) camera.end();
  if (machine_->reason() == StreamReason::kMoved) return;  // as we asked, to be started again
  note_end(ended_, end);
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
    const auto& node = ingest_of(found->second);
    return node && node->tasks_revision >= found->second.revision();
  };
  if (hindrance(now) != StreamReason::kNone || machine_->state() == StreamState::kBlocked)
    plan_.on_hindered(now);
  const auto step = plan_.next(now, may_add, may_start_);
  switch (step.action) {
    case ChannelPlan::Action::kNone:
      break;
    case ChannelPlan::Action::kAdd:
      (void)process_.note_secrets(step.channel.entry);
      // Written first: an api-node that is killed now leaves nothing that the next one does not know of.
      write_channels(step.channel);
      asked_ = control_.add(process_.port(), step.channel);
      break;
    case ChannelPlan::Action::kDrop:
      asked_ = control_.drop(process_.port(), step.channel);
      break;
    case ChannelPlan::Action::kGiveUp:
      if (const auto found = cameras_.find(step.channel.id); found != cameras_.end())
        found->second.give_up(step.why);
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
    if (is_told && !camera.is_played()) {
      camera.begin(now);
      camera.tell("started", fmt::format("pid {}, shared, channel {}", process_.pid(), channel));
    } else if (!is_told) {
      camera.end();
    }
  }
  write_channels();
}

// What it plays stands in its files, for an api-node that finds it again.
void SharedRun::write_channels(const std::optional<manifest::ChannelConfig>& one_more) {
  if (!process_.launch()) return;
  Launch launch = *process_.launch();
  nlohmann::json& demo = launch.files[demo_file_];
  auto channels = plan_.playing();
  if (one_more) channels.push_back(*one_more);
  nlohmann::json entries = entries_of(channels);
  if (demo["channels"] == entries) return;
  demo["channels"] = std::move(entries);
  const auto written = write_file(process_.folder() / "config" / demo_file_, demo.dump(2) + "\n");
  if (!written) log::warn("shared_config_not_written", {{"reason", written.error().message}});
  process_.set_launch(std::move(launch));
}

// While others play: without any video the process is restarted.
void SharedRun::renew_stalled(Clock::time_point now) {
  if (!process_.is_there() || machine_->state() != StreamState::kRunning) return;
  for (auto& [channel, camera] : cameras_) {
    if (!plan_.is_told(channel) || plan_.is_resting(channel) || !camera.is_due_anew(now)) continue;
    plan_.rest(channel, camera.rest(now));
  }
}

void SharedRun::forget_gone() {
  std::erase_if(cameras_, [this](const auto& entry) {
    return entry.second.is_leaving() && !(process_.is_there() && plan_.is_inside(entry.first));
  });
}

// ---- how it stands

void SharedRun::update_statuses(Clock::time_point now) {
  const auto process = common(now);
  for (auto& [channel, camera] : cameras_) update_status(channel, camera, process, now);
}

void SharedRun::update_status(Channel channel, SharedCamera& camera, const SharedCamera::Common& process,
                              Clock::time_point now) {
  // Also of one that is still to be dropped.
  const pid_t pid = plan_.is_inside(channel) ? process_.pid() : 0;
  camera.update_status(now, process, pid);
}

SharedCamera::Common SharedRun::common(Clock::time_point now) {
  StreamStatus status = ended_;
  status.state = machine_->state();
  status.reason = machine_->reason();
  status.text = machine_->text();
  status.restarts = machine_->restarts();
  status.memory_bytes = process_.resident_bytes();
  return {std::move(status), process_.is_there(), hindrance(now), is_not_posted(now)};
}

void SharedRun::tell_all(std::string_view kind, const std::string& text) {
  const StreamState state = machine_->state();
  const bool is_trouble = !api::has_process(state) && state != StreamState::kQueued;
  const auto event = fmt::format("stream_{}", kind);
  log::write(once_.level(event, is_trouble ? log::Level::kWarn : log::Level::kInfo), event,
             {{"shared", name_}, {"cameras", cameras_.size()}, {"detail", text}});
  for (const auto& [channel, camera] : cameras_) camera.publish_event(kind, text);
}

}  // namespace stream::api
