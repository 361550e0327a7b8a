#include "nodes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "cluster.hpp"
#include "stream/bus/zmq_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "stream/test/contents.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::hosts {
namespace {

using nlohmann::json;
using std::chrono::seconds;
namespace fs = std::filesystem;

const std::string kBin = STREAM_BIN_DIR;

}  // namespace

Nodes::Nodes(const Host& host, const std::string& own_address)
    : log_file_(folder_.path() / "log"), has_keys_(!host.command.empty()) {
  receiver::ReceiverOptions receiving;
  receiving.listen = own_address + ":0";
  receiving.on_alarm = [this](const receiver::ReceivedAlarm& alarm) {
    const std::lock_guard lock(mutex_);
    alarms_.push_back(alarm);
  };
  auto receiver = receiver::Receiver::start(receiving);
  if (!receiver) throw std::runtime_error(receiver.error().message);
  receiver_ = std::move(*receiver);

  const fs::path run = folder() / "run";
  fs::create_directory(run);
  fs::permissions(run, fs::perms::owner_all);
  // The ports of a host of its own are all free; on this machine there are none to pick.
  const auto endpoint = [&](const char* name, int port) {
    return has_keys_ ? fmt::format("tcp://{}:{}", host.address, port)
                     : fmt::format("ipc://{}/{}.sock", run.string(), name);
  };
  control_ = endpoint("control", 5550);
  publish_ = endpoint("publish", 5551);
  subscribe_ = endpoint("subscribe", 5552);
  std::vector<std::string> settings = {"data_dir=" + folder().string(), "control=" + control_,
                                       "publish=" + publish_, "subscribe=" + subscribe_};
  bus::ZmqBusOptions options;
  options.control_endpoint = control_;
  options.publish_endpoint = publish_;
  options.subscribe_endpoint = subscribe_;
  if (has_keys_) {
    make_keys();
    settings.push_back("server_secret_key_file=" + (folder() / "keys/broker.key").string());
    settings.push_back("client_public_keys_dir=" + (folder() / "clients").string());
    options.client_secret_key_file = folder() / "keys/client.key";
    options.server_public_key_file = folder() / "keys/broker.pub";
  }
  broker_ = launch("stream-broker", host, settings);
  auto bus = bus::make_zmq_bus(options);
  if (!bus) throw std::runtime_error(bus.error().message);
  bus_ = std::move(*bus);
  if (!eventually([&] { return bus_->list("nd/").has_value(); }, seconds(20)))
    throw std::runtime_error("the broker does not answer: " + log());
}

Nodes::~Nodes() {
  for (auto& [name, node] : nodes_) node.process->signal(SIGTERM);
  for (auto& [name, node] : nodes_) node.process->stop(seconds(15));
  bus_.reset();
  broker_->stop(seconds(15));
  if (::testing::Test::HasFailure()) std::cerr << "---- log of the nodes\n" << log() << "----\n";
}

void Nodes::make_keys() {
  Process keygen = launch("streamctl", {}, {}, {"keygen", (folder() / "keys").string()});
  const auto ended = keygen.wait(seconds(20));
  if (!ended || !ended->clean()) throw std::runtime_error("streamctl keygen: " + log());
  fs::create_directory(folder() / "clients");
  fs::copy_file(folder() / "keys/client.pub", folder() / "clients/client.pub");
}

Process Nodes::launch(const std::string& program, const Host& host, std::vector<std::string> settings,
                      const std::vector<std::string>& flags) {
  ProcessOptions options;
  options.arguments = host.command;
  options.arguments.push_back(kBin + "/" + program);
  options.arguments.insert(options.arguments.end(), flags.begin(), flags.end());
  for (std::string& setting : settings) {
    options.arguments.emplace_back("--set");
    options.arguments.push_back(std::move(setting));
  }
  options.output_file = log_file_;
  auto process = Process::start(options);
  if (!process) throw std::runtime_error(program + ": " + process.error().message);
  return std::move(*process);
}

void Nodes::start(const std::string& role, const std::string& name, const Host& host,
                  const std::vector<std::string>& settings) {
  std::vector<std::string> all = {"broker.control=" + control_, "broker.publish=" + publish_,
                                  "broker.subscribe=" + subscribe_, "admin_listen=" + host.address + ":0"};
  if (has_keys_) {
    all.push_back("broker.client_secret_key_file=" + (folder() / "keys/client.key").string());
    all.push_back("broker.server_public_key_file=" + (folder() / "keys/broker.pub").string());
  }
  if (role == "api") all.push_back("listen=" + host.address + ":0");
  if (role == "ingest" && !has_keys_) all.emplace_back("listen=127.0.0.1:0");
  if (role == "ingest" && has_keys_) all.push_back("advertise=" + host.address + ":10001");
  if (role == "api") {
    const fs::path installation = folder() / ("installation-" + name);
    Process make = launch("stream-sim", {}, {}, {"--make-installation", installation.string()});
    const auto made = make.wait(seconds(30));
    if (!made || !made->clean()) throw std::runtime_error("stream-sim --make-installation: " + log());
    all.push_back("stream_path=" + installation.string());
    all.push_back("data_dir=" + (folder() / name).string());
  }
  all.insert(all.end(), settings.begin(), settings.end());
  // A former one of this name, gone by now, leaves its record.
  const auto former = record(name);
  const std::uint64_t former_boot = former ? former->boot : 0;
  Node& node = nodes_[name];
  node.role = role;
  node.process = launch("stream-" + role, host, all, {"--node-name", name});
  const bool is_member = eventually(
      [&] {
        const auto now = record(name);
        return node.process->poll() || (now && now->boot != former_boot && !now->admin_address.empty());
      },
      seconds(20));
  if (!is_member || node.process->poll()) throw std::runtime_error(name + " does not start: " + log());
}

std::optional<NodeRecord> Nodes::record(const std::string& name) {
  const auto node = nodes_.find(name);
  if (node == nodes_.end()) return std::nullopt;
  const auto entry = bus_->get(topics::node_key(node->second.role, name));
  if (!entry || !*entry) return std::nullopt;
  auto record = decode<NodeRecord>((*entry)->value);
  if (!record) return std::nullopt;
  return std::move(*record);
}

bool Nodes::is_heard(const std::string& name) {
  const auto before = record(name);
  return before && eventually(
                       [&] {
                         const auto now = record(name);
                         return now && now->counter != before->counter;
                       },
                       seconds(1));
}

std::string Nodes::owner(const std::string& task_id) {
  const auto entry = bus_->get(topics::state_key(task_id, 0));
  if (!entry || !*entry) return "";
  const auto state = decode<OwnedState>((*entry)->value);
  return state ? state->owner : "";
}

std::optional<double> Nodes::metric(const std::string& name, const std::string& counter,
                                    const std::string& labels) {
  const auto node = record(name);
  if (!node) return std::nullopt;
  const auto answer = test::http_request(node->admin_address, "GET", "/metrics");
  if (answer.status != 200) return std::nullopt;
  double sum = 0;
  std::istringstream text(answer.body);
  for (std::string line; std::getline(text, line);) {
    const bool is_it = line.starts_with(counter + "{") || line.starts_with(counter + " ");
    if (is_it && line.find(labels) != std::string::npos) sum += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

std::optional<std::pair<TaskRecord, bus::Revision>> Nodes::task(const std::string& id) {
  const auto entry = bus_->get(topics::task_key(id));
  if (!entry || !*entry) return std::nullopt;
  auto record = decode<TaskRecord>((*entry)->value);
  if (!record) return std::nullopt;
  return std::pair(std::move(*record), (*entry)->revision);
}

std::multimap<std::string, pid_t> Nodes::stream_processes() const {
  std::multimap<std::string, pid_t> found;
  const std::string flag = "--demo_config_path=" + folder().string(), tasks = "/tasks/";
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    const std::string command = test::contents(entry.path() / "cmdline");
    const auto at = command.find(tasks, command.find(flag));
    if (at == std::string::npos || !faults::is_alive(std::stoi(name))) continue;
    const auto begin = at + tasks.size();
    found.emplace(command.substr(begin, command.find('/', begin) - begin), std::stoi(name));
  }
  return found;
}

json Nodes::ask(const std::string& node, const std::string& verb, const json& body) {
  const auto answer = test::http_request(record(node)->address, "POST", "/task/" + verb, body.dump());
  return json::parse(answer.body, nullptr, false);
}

Seen Nodes::look(const std::string& node, const std::string& task_id) {
  const json answer = ask(node, "query", {{"TaskID", task_id}});
  if (!answer.contains("Result")) return {};
  const json& algorithm = answer["Result"]["Algorithms"][0];
  return {answer["Result"]["Node"], algorithm["State"], algorithm.value("ReasonCode", ""),
          algorithm.value("Pid", 0), algorithm.value("Restarts", 0U)};
}

json Nodes::api(const std::string& path, const json& body) {
  for (const auto& [name, node] : nodes_) {
    if (node.role != "api") continue;
    const auto answer = test::http_request(record(name)->address, "POST", path, body.dump());
    EXPECT_EQ(answer.status, 200) << path;
    json parsed = json::parse(answer.body, nullptr, false);
    EXPECT_TRUE(parsed.is_object()) << path << ": " << answer.body;
    return parsed;
  }
  throw std::runtime_error("there is no api-node");
}

json Nodes::plate_task(const std::string& id, const std::string& address) const {
  const json zero = {{"X", 0}, {"Y", 0}};
  const json wire = {{"LineStart", zero}, {"LineEnd", zero}, {"DirectStart", zero}, {"DirectEnd", zero}};
  return {{"TaskID", id},
          {"InputSrc", {{"SrcID", "camera of " + id}, {"StreamSrc", {{"Address", address}}}}},
          {"Algorithm",
           json::array({{{"Type", 16},
                         {"TrackInterval", 1},
                         {"DetectInterval", 1},
                         {"AlarmInterval", 1},
                         {"threshold", 50},
                         {"TargetSize", {{"MinDetect", 30}, {"MaxDetect", 250}}},
                         {"Extend", {{"InFrames", 3}, {"OutFrames", 5}}},
                         {"DetectInfos", json::array({{{"TripWire", wire}, {"HotArea", json::array()}}})}}})},
          {"Reporting", {{"ReportUrlList", json::array({receiver_->url()})}}}};
}

bool Nodes::is_all_delivered() {
  const auto stats = bus_->queue_stats(topics::kAlarmQueue);
  return stats && stats->ready + stats->delayed + stats->leased + stats->parked == 0;
}

std::string Nodes::log() const {
  return test::contents(log_file_);
}

std::size_t Nodes::alarms() const {
  const std::lock_guard lock(mutex_);
  return alarms_.size();
}

std::vector<Told> Nodes::told(const std::string& task_id) const {
  const std::lock_guard lock(mutex_);
  std::vector<Told> told;
  for (const auto& alarm : alarms_) {
    if (alarm.task_id != task_id) continue;
    for (const auto& event : alarm.events)
      told.push_back({json::parse(event.extend_json).value("VehicleLicense", "none"), alarm.frame_index});
  }
  return told;
}

}  // namespace stream::hosts
