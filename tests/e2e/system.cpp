#include "system.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "stream/common/eventually.hpp"
#include "stream/test/contents.hpp"

namespace stream::e2e {

using nlohmann::json;
using std::chrono::seconds;

namespace {

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

const std::string kBin = STREAM_BIN_DIR;

}  // namespace

System::System(const SystemOptions& options)

    : data_dir_(options.data_dir.empty() ? folder_.path() / "data" : options.data_dir),
      log_file_(folder_.path() / "server.log") {
  receiver::ReceiverOptions receiving;
  receiving.on_alarm = [this](const receiver::ReceivedAlarm& alarm) {
    const std::lock_guard lock(mutex_);
    alarms_.push_back(alarm);
  };
  auto started_receiver = receiver::Receiver::start(receiving);
  if (!started_receiver) throw std::runtime_error(started_receiver.error().message);
  receiver_ = std::move(*started_receiver);

  ProcessOptions install;
  install.arguments = {kBin + "/stream-sim", "--make-installation",
                       (folder_.path() / "installation").string()};
  install.output_file = log_file_;
  auto installing = Process::start(install);
  if (!installing || !installing->wait(seconds(30)).value_or(ExitStatus{true, 0}).clean()) {
    throw std::runtime_error("stream-sim --make-installation failed: " + log());
  }

  if (!options.stream_main.empty()) {
    const auto main = folder_.path() / "installation" / "samples" / "build" / "main";
    std::filesystem::remove(main);
    std::filesystem::create_symlink(options.stream_main, main);
  }

  ProcessOptions& server = server_options_;
  server.arguments = {kBin + "/stream-server",
                      "--data-dir",
                      data_dir_.string(),
                      "--stream-path",
                      (folder_.path() / "installation").string(),
                      "--api-port",
                      "0",
                      "--ingest-port",
                      "0",
                      "--logic-nodes",
                      std::to_string(options.logic_nodes),
                      "--reporter-nodes",
                      std::to_string(options.reporter_nodes),
                      "--ingest-nodes",
                      std::to_string(options.ingest_nodes)};
  for (const std::string& setting : options.settings) {
    server.arguments.emplace_back("--set");
    server.arguments.push_back(setting);
  }
  if (!options.logic_program.empty()) {
    server.arguments.insert(server.arguments.end(), {"--logic-program", options.logic_program.string()});
  }
  server.output_file = log_file_;
  server.environment = options.environment;
  start_server();
}

void System::start_again() {
  ASSERT_TRUE(server_->wait(seconds(20))) << "stream-server still runs";
  std::filesystem::remove(data_dir_ / "run" / "nodes.json");  // of the one that was killed
  start_server();
}

void System::start_server() {
  auto started = Process::start(server_options_);
  if (!started) throw std::runtime_error(started.error().message);
  server_ = std::move(*started);
  const bool ready = eventually(
      [&] {
        if (server_->poll()) return true;
        const json all = nodes();
        return !all.empty() &&
               std::all_of(all.begin(), all.end(), [](const json& n) { return n["ready"] == true; });
      },
      seconds(60));
  if (!ready || server_->poll()) throw std::runtime_error("stream-server is not ready: " + log());
}

System::~System() {
  server_->stop(seconds(20));
  // They outlive an api-node that was killed.
  for (const pid_t pid : stream_processes()) ::kill(pid, SIGKILL);
  if (::testing::Test::HasFailure()) std::cerr << "---- log of the system under test\n" << log() << "----\n";
}

json System::api_raw(const std::string& path, const std::string& body) {
  const test::HttpAnswer answer = test::http_request(api_port(), "POST", path, body);
  EXPECT_EQ(answer.status, 200) << path;
  json parsed = json::parse(answer.body, nullptr, false);
  EXPECT_TRUE(parsed.is_object()) << path << ": " << answer.body;
  EXPECT_TRUE(parsed.is_object() && parsed.contains("Code") && parsed["Code"].is_number_integer())
      << answer.body;
  return parsed;
}

json System::api(const std::string& path, const json& body) {
  return api_raw(path, body.dump());
}

json System::task(const std::string& id, int type, const std::string& address, int detect_interval) const {
  const json zero = {{"X", 0}, {"Y", 0}};
  return {
      {"TaskID", id},
      {"InputSrc", {{"SrcID", "camera of " + id}, {"StreamSrc", {{"Address", address}}}}},
      {"Algorithm",
       json::array(
           {{{"Type", type},
             {"TrackInterval", 1},
             {"DetectInterval", detect_interval},
             {"AlarmInterval", 1},
             {"threshold", 50},
             {"TargetSize", {{"MinDetect", 30}, {"MaxDetect", 250}}},
             {"DetectInfos",
              json::array(
                  {{{"TripWire",
                     {{"LineStart", zero}, {"LineEnd", zero}, {"DirectStart", zero}, {"DirectEnd", zero}}},
                    {"HotArea", json::array()}}})}}})},
      {"Reporting", {{"ReportUrlList", json::array({receiver_url()})}}}};
}

json System::nodes() const {
  const json file = json::parse(test::contents(data_dir_ / "run" / "nodes.json"), nullptr, false);
  return file.is_object() && file.contains("nodes") ? file["nodes"] : json::array();
}

std::uint16_t System::api_port() const {
  for (const json& node : nodes()) {
    if (node["role"] == "api") return port_of(node["address"]);
  }
  throw std::runtime_error("no api-node in nodes.json");
}

double System::metric(const std::string& role, const std::string& name, const std::string& labels) const {
  const auto all = metrics(role, name, labels);
  return std::accumulate(all.begin(), all.end(), 0.0);
}

int System::nodes_that_count(const std::string& role, const std::string& name) const {
  const auto all = metrics(role, name, "");
  return static_cast<int>(std::count_if(all.begin(), all.end(), [](double value) { return value > 0; }));
}

std::vector<double> System::metrics(const std::string& role, const std::string& name,
                                    const std::string& labels) const {
  std::vector<double> all;
  for (const json& node : nodes()) {
    if (node["role"] != role || node["admin"].get<std::string>().empty()) continue;
    double sum = 0;
    std::istringstream text(test::http_request(port_of(node["admin"]), "GET", "/metrics").body);
    for (std::string line; std::getline(text, line);) {
      const bool is_it = line.starts_with(name + "{") || line.starts_with(name + " ");
      if (is_it && line.find(labels) != std::string::npos) sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
    all.push_back(sum);
  }
  return all;
}

std::string System::log() const {
  return test::contents(log_file_);
}

pid_t System::pid_of(const std::string& role) const {
  for (const json& node : nodes()) {
    if (node["role"] == role) return node["pid"];
  }
  return 0;
}

std::set<pid_t> System::stream_processes() const {
  const std::string ours = "--demo_config_path=" + data_dir_.string();
  std::set<pid_t> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (test::contents(entry.path() / "cmdline").find(ours) == std::string::npos) continue;
    if (const pid_t pid = std::stoi(name); is_alive(pid)) out.insert(pid);
  }
  return out;
}

System::Outcome System::streamctl(std::vector<std::string> arguments) const {
  const auto output = folder_.path() / "streamctl.log";
  std::filesystem::remove(output);
  arguments.insert(arguments.begin(), kBin + "/streamctl");
  arguments.insert(arguments.end(), {"--api", "http://127.0.0.1:" + std::to_string(api_port())});
  ProcessOptions options;
  options.arguments = std::move(arguments);
  options.output_file = output;
  auto process = Process::start(options);
  if (!process) throw std::runtime_error(process.error().message);
  const auto status = process->wait(seconds(60));
  return {status && !status->signalled ? status->value : -1, test::contents(output)};
}

bool is_alive(pid_t pid) {
  const std::string stat = test::contents("/proc/" + std::to_string(pid) + "/stat");
  return !stat.empty() && stat.find(") Z ") == std::string::npos;
}

std::vector<receiver::ReceivedAlarm> System::alarms() const {
  const std::lock_guard lock(mutex_);
  return alarms_;
}

void System::wait_until_processed(const std::vector<std::string>& tasks, double frames) {
  for (const std::string& id : tasks) {
    EXPECT_TRUE(eventually(
        [&] {
          return api("/task/query", {{"TaskID", id}})["Result"]["Status"] == 0;
        },
        seconds(120)))
        << id << " still runs: " << api("/task/query", {{"TaskID", id}});
  }
  const auto processed = [&] { return metric("logic", "stream_logic_task_frames_processed"); };
  EXPECT_TRUE(eventually([&] { return processed() == frames; }, seconds(30)))
      << "processed " << processed() << " of " << frames << ", lost "
      << metric("logic", "stream_logic_task_frames_lost");
}

void System::wait_until_delivered() {
  EXPECT_TRUE(eventually(
      [&] {
        return metric("logic", "stream_logic_alarms_decided_total") ==
               metric("reporter", "stream_reporter_alarms_total", "outcome=\"delivered\"");
      },
      seconds(60)))
      << "decided " << metric("logic", "stream_logic_alarms_decided_total") << ", delivered "
      << metric("reporter", "stream_reporter_alarms_total", "outcome=\"delivered\"");
}

}  // namespace stream::e2e
