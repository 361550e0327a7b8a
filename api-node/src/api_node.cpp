#include "api_node.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

#include "config_files.hpp"
#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "stream_health.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

fs::path algorithms_folder(const ApiConfig& config) {
  return config.algorithms_dir.empty() ? manifest::installed_algorithms() : fs::path(config.algorithms_dir);
}

// Task folders hold camera passwords.
Status make_data_folder(const fs::path& data_dir) {
  for (const char* name : {"tasks", "shared"}) {
    const fs::path folder = data_dir / name;
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (!failure) fs::permissions(folder, fs::perms::owner_all, failure);
    if (failure) return fail(ErrorCode::kUnavailable, "data_dir: {}: {}", folder.string(), failure.message());
  }
  return {};
}

// Two of one name would run the same tasks, each with processes of its own. One that was killed has left its
// record, but writes it no more. While the broker does not answer nobody can tell.
Status check_only_one(bus::Bus& bus, const std::string& node_name) {
  constexpr std::chrono::milliseconds kWatched{1000}, kLookEvery{100};  // a node writes every 300 ms
  const auto look = [&]() -> std::optional<NodeRecord> {
    const auto entry = bus.get(topics::node_key("api", node_name));
    if (!entry || !*entry) return std::nullopt;
    const auto record = decode<NodeRecord>((*entry)->value);
    return record ? std::optional(*record) : std::nullopt;
  };
  const auto first = look();
  const auto until = std::chrono::steady_clock::now() + kWatched;
  for (auto now = first; now; now = look()) {
    if (now->counter != first->counter) {
      return fail(ErrorCode::kConflict,
                  "another stream-api has the name {} and runs, at {}; give one of them another --node-name",
                  node_name, now->address);
    }
    if (std::chrono::steady_clock::now() >= until) break;
    std::this_thread::sleep_for(kLookEvery);
  }
  return {};
}

NodeRecord own_record(const std::string& node_name, const ApiConfig& config) {
  NodeRecord record;
  record.node = node_name;
  record.role = "api";
  record.labels = config.labels;
  record.max_processes = config.max_processes;
  return record;
}

SupervisorOptions with_config(SupervisorOptions options, const ApiConfig& config,
                              const std::string& node_name) {
  options.node_name = node_name;
  options.start.processes = config.max_processes;
  options.start.device_memory_bytes = std::uint64_t{config.device_memory_mib} << 20U;
  options.device_memory_file = config.device_memory_file;
  options.memory_limit_bytes = std::uint64_t{config.max_process_mib} << 20U;
  options.machine.first_video_within = config.first_video;
  options.machine.stall_after = config.stall;
  options.machine.stall_restart_after = config.stall_restart;
  options.machine.grace = config.kill_after;
  options.stop_grace = config.stop_grace;
  options.channels.alive_within = config.channel_alive;
  options.channels.first_video = config.first_video;
  options.log_limit_bytes = std::uint64_t{config.stream_log_mib} << 20U;
  return options;
}

SharingOptions sharing_options(const ApiConfig& config) {
  SharingOptions options;
  options.process = manifest::process_use_of(config.stream_process);
  if (config.max_channels > 0) options.max_channels = config.max_channels;
  return options;
}

}  // namespace

Result<std::unique_ptr<ApiNode>> ApiNode::start(const ApiConfig& config, const std::string& node_name,
                                                bus::Bus& bus, const SupervisorOptions& options) {
  std::error_code failure;
  if (!fs::is_directory(config.stream_path, failure)) {
    return fail(ErrorCode::kInvalid, "stream_path: found no folder \"{}\", expected the one of sophon-stream",
                config.stream_path);
  }
  if (!config.stream_process.empty() && !manifest::process_use_of(config.stream_process)) {
    return fail(ErrorCode::kInvalid, "stream_process: found \"{}\", expected per_task, shared or nothing",
                config.stream_process);
  }
  manifest::CatalogReader reader(algorithms_folder(config));
  auto catalog = reader.read();
  if (!catalog) return tl::unexpected(std::move(catalog.error()).within("algorithms_dir"));
  const auto& entries = (*catalog)->entries;
  if (std::none_of(entries.begin(), entries.end(),
                   [](const auto& entry) { return entry.second.algorithm; })) {
    return fail(ErrorCode::kInvalid,
                "algorithms_dir: found nothing usable in {}, expected folders with an algorithm.json",
                algorithms_folder(config).string());
  }
  std::optional<ApiToken> token;
  if (!config.api_token_file.empty()) {
    auto read = ApiToken::read(config.api_token_file);
    if (!read) return tl::unexpected(std::move(read.error()).within("api_token_file"));
    token = *std::move(read);
  }
  if (auto made = make_data_folder(config.data_dir); !made) return tl::unexpected(made.error());
  auto lock = DirectoryLock::take(fs::path(config.data_dir) / "api", "stream-api");
  if (!lock) return tl::unexpected(std::move(lock.error()).within("data_dir"));
  if (auto only = check_only_one(bus, node_name); !only) return tl::unexpected(only.error());
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the constructor is private
  std::unique_ptr<ApiNode> node(new ApiNode(config, node_name, bus, std::move(reader), *std::move(catalog),
                                            std::move(token), options, *std::move(lock)));
  if (auto listening = node->listen(config); !listening) return tl::unexpected(listening.error());
  node->go_on(config);
  return node;
}

ApiNode::ApiNode(const ApiConfig& config, const std::string& node_name, bus::Bus& bus,
                 manifest::CatalogReader reader, CatalogPtr catalog, std::optional<ApiToken> token,
                 const SupervisorOptions& options, DirectoryLock lock)
    : lock_(std::move(lock)),
      node_name_(node_name),
      bus_(bus),
      events_published_(metrics_.counter("stream_api_events_published_total", "Task events published")),
      events_dropped_(metrics_.counter("stream_api_events_dropped_total", "Task events dropped",
                                       {{"reason", "back_pressured"}})),
      publisher_(bus.make_publisher()),
      system_events_(bus, node_name, metrics_, config.events.kept_at(topics::begun_key("api", node_name))),
      disk_watch_(system_events_, fs::path(config.data_dir) / "tasks", config.disk),
      algorithms_(std::move(reader), std::move(catalog), metrics_),
      launcher_(manifest::Installation(config.stream_path), algorithms_, config.data_dir,
                sharing_options(config)),
      membership_(bus, own_record(node_name, config), {}),
      node_watch_(std::make_unique<NodeWatch>(
          system_events_, [this](const std::string& role) { return membership_.live(role); })),
      abandoned_watch_(bus, system_events_,
                       [this](const std::string& role) { return membership_.live(role); }),
      errands_(std::make_unique<Errands>()),
      supervisor_(launcher_, hooks(), with_config(options, config, node_name), metrics_),
      service_(bus, [this](const std::string& role) { return membership_.live(role); }, launcher_,
               supervisor_, book_, states_, {node_name, config.stop_grace, config.delete_by_device_name}),
      events_(bus, book_, metrics_),
      flow_listener_(bus, flows_, metrics_),
      state_listener_(bus, states_, node_name, metrics_),
      logs_(
          book_, launcher_, [this](const std::string& role) { return membership_.live(role); }, node_name),
      face_({service_, logs_, algorithms_, membership_, bus}, metrics_, [this] { return not_ready(); },
            {std::size_t{config.max_body_kib} << 10U, std::move(token), config.legacy}) {}

void ApiNode::go_on(const ApiConfig& config) {
  const auto tell = [this](const TaskEvent& event) { publish(event); };
  follower_ = std::make_unique<bus::Follower>(bus_, std::string(topics::kTaskKeys),
                                              [this](const bus::Watch::Changes& changes) {
                                                if (changes.reset && !service_.records().known())
                                                  sweep(changes.entries);
                                                service_.records().on_changes(changes);
                                              });
  ingest_keeper_ =
      std::make_unique<IngestKeeper>(bus_, membership_, service_, supervisor_, config.ingest_grace, tell);
  failover_keeper_ =
      std::make_unique<FailoverKeeper>(bus_, membership_, service_, node_name_, config.failover_grace, tell);
  state_reporter_ = std::make_unique<StateReporter>(bus_, membership_, supervisor_, node_name_);
  goes_on_ = true;
}

// Who is stopped with us is not lost, so that is not looked at any more. Whatever can ask for something stops
// next, then the processes, then what they told us about.
ApiNode::~ApiNode() {
  node_watch_.reset();
  tls_server_.reset();
  server_.reset();
  admin_.reset();
  failover_keeper_.reset();
  ingest_keeper_.reset();
  follower_.reset();
  supervisor_.shut_down();
  errands_.reset();
}

SupervisorHooks ApiNode::hooks() {
  SupervisorHooks hooks;
  hooks.find_ingest = [this](const std::string& name) -> std::optional<NodeRecord> {
    const auto nodes = membership_.live("ingest");
    const auto node =
        std::find_if(nodes.begin(), nodes.end(), [&](const auto& entry) { return entry.node == name; });
    if (node == nodes.end()) return std::nullopt;
    return *node;
  };
  hooks.find_flow = [this](const std::string& task_id, std::uint32_t algorithm,
                           const std::string& ingest_node) {
    return flows_.find(task_id, algorithm, ingest_node);
  };
  hooks.on_event = [this](const TaskEvent& event) { publish(event); };
  hooks.on_status = [this](const std::string& task_id, std::uint32_t algorithm, const StreamStatus& status) {
    tell_health(task_id, algorithm, status);
  };
  hooks.on_fall_back = [this](const FallBack& what) {
    record("fall_back", what.task_id, [this, what] { return service_.on_fall_back(what); });
  };
  hooks.on_end = [this](const std::string& task_id) {
    record("task_end", task_id, [this, task_id] { return service_.record_ends(task_id); });
  };
  return hooks;
}

// A predecessor that was killed between a delete and the end of its processes has left their files, and so
// has one whose tasks were taken over by other nodes.
void ApiNode::sweep(const std::vector<bus::Entry>& tasks) const {
  std::set<std::string> names, shared;
  for (const bus::Entry& task : tasks) {
    const auto record = decode<TaskRecord>(task.value);
    if (record && record->api_node != node_name_) continue;
    names.insert(task.key.substr(topics::kTaskKeys.size()));
    if (!record) continue;
    for (const AlgorithmSpec& spec : record->algorithms) shared.insert(shared_name(spec.shared_key));
  }
  for (const auto& [folder, used] : {std::pair("tasks", &names), std::pair("shared", &shared)}) {
    if (auto swept = remove_folders_but(launcher_.data_dir() / folder, *used); !swept) {
      log::warn("task_folder_stays", {{"reason", swept.error().message}});
    }
  }
}

void ApiNode::publish(const TaskEvent& event) {
  const auto sent = publisher_->publish(topics::event(event.task_id), encode(event));
  (sent == bus::PublishResult::kBackPressured ? events_dropped_ : events_published_).add();
}

void ApiNode::tell_health(const std::string& task_id, std::uint32_t algorithm, const StreamStatus& status) {
  const auto subject = fmt::format("{}/{}", task_id, algorithm);
  const auto health = health_of(status.state, status.reason);
  const auto see = [&](events::Kind kind, std::optional<bool> bad) {
    if (bad) system_events_.see({kind, subject, *bad, *bad ? status.text : "video flows"});
    if (health.over) {
      system_events_.forget(kind, subject,
                            fmt::format("it is not run any more: {} {}", name_of(status.state), status.text));
    }
  };
  see(events::Kind::kCamera, health.camera_offline);
  see(events::Kind::kCrashLoop, health.crash_loop);
}

void ApiNode::record(std::string_view note, const std::string& task_id, std::function<Status()> write,
                     bool again) {
  constexpr std::chrono::seconds kPause{1};
  auto errand = [this, note, task_id, write = std::move(write), again] {
    const Status written = write();
    if (!written && !again) {
      log::warn(fmt::format("{}_not_recorded", note),
                {{"task", task_id}, {"reason", written.error().message}});
    }
    if (!written) return record(note, task_id, write, true);
    if (again) log::info(fmt::format("{}_recorded", note), {{"task", task_id}});
  };
  errands_->post(std::move(errand), again ? kPause : std::chrono::seconds(0));
}

Status ApiNode::listen(const ApiConfig& config) {
  http::AdminRoutes more;
  more.add = [this](http::Router& router) { add_peer_log_routes(router, logs_); };
  auto admin = http::AdminServer::start(
      config.admin_listen, metrics_, [this] { return not_ready(); }, more);
  if (!admin) return tl::unexpected(admin.error());
  admin_ = std::move(*admin);
  http::ServerOptions options;
  options.listen = config.listen;
  auto server = http::Server::start(options, face_, metrics_, "api");
  if (!server) return tl::unexpected(server.error());
  server_ = std::move(*server);
  if (auto listening = listen_with_tls(config); !listening) return listening;
  membership_.update([this](NodeRecord& record) {
    record.address = server_->address();
    record.admin_address = admin_->address();
  });
  return {};
}

// A server of its own, so that shaking hands holds up nobody on the other port.
Status ApiNode::listen_with_tls(const ApiConfig& config) {
  const bool any = !config.tls_listen.empty() || !config.tls_certificate.empty() || !config.tls_key.empty();
  if (!any) return {};
  if (config.tls_listen.empty() || config.tls_certificate.empty() || config.tls_key.empty()) {
    return fail(ErrorCode::kInvalid,
                "tls_listen, tls_certificate and tls_key go together: found only some of them");
  }
  auto identity = http::TlsIdentity::load(config.tls_certificate, config.tls_key);
  if (!identity) return tl::unexpected(std::move(identity.error()).within("tls_certificate, tls_key"));
  http::ServerOptions options;
  options.listen = config.tls_listen;
  options.tls = *std::move(identity);
  auto server = http::Server::start(options, face_, metrics_, "api_tls");
  if (!server) return tl::unexpected(std::move(server.error()).within("tls_listen"));
  tls_server_ = std::move(*server);
  return {};
}

std::string ApiNode::not_ready() const {
  if (!bus_.healthy()) return "the broker does not answer";
  if (!membership_.joined()) return "not a member yet";
  if (!goes_on_ || !follower_->synced()) return "the tasks are not known yet";
  return "";
}

}  // namespace stream::api
