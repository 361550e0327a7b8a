#include "node_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace stream::server {
namespace {

namespace fs = std::filesystem;

struct BusSocket {
  std::string_view key;
  std::string_view file;
};
constexpr std::array<BusSocket, 3> kBusSockets{{{"broker.publish", "publish.sock"},
                                                {"broker.subscribe", "subscribe.sock"},
                                                {"broker.control", "control.sock"}}};

fs::path socket_path(const fs::path& data_dir, std::string_view file) {
  return fs::absolute(data_dir).lexically_normal() / "run" / file;
}

// What `assignment` says of it; what is no number the node refuses itself.
std::optional<std::chrono::milliseconds> kill_after(std::string_view assignment) {
  constexpr std::string_view kKey = "kill_after_ms=";
  if (!assignment.starts_with(kKey)) return std::nullopt;
  assignment.remove_prefix(kKey.size());
  std::uint32_t milliseconds = 0;
  const auto [end, error] =
      std::from_chars(assignment.data(), assignment.data() + assignment.size(), milliseconds);
  if (error != std::errc{} || end != assignment.data() + assignment.size()) return std::nullopt;
  return std::chrono::milliseconds(milliseconds);
}

// Collects the nodes; knows what all of them are told.
class PlanMaker {
 public:
  PlanMaker(const ServerConfig& config, const std::string& log_level, fs::path executables)
      : data_dir_(fs::absolute(config.data_dir).lexically_normal()),
        log_level_(log_level),
        executables_(std::move(executables)),
        logic_program_(config.logic_program.empty() ? executables_ / "stream-logic"
                                                    : fs::absolute(config.logic_program)) {}

  void add(const std::string& role, const std::string& name, int stage,
           const std::vector<std::string>& settings, bool picks_port = false) {
    NodePlan node;
    node.role = role;
    node.name = name;
    node.stage = stage;
    node.picks_port = picks_port;
    // What it is told to stop it stops in order, its stream processes first; these outlive it when it is
    // killed.
    if (role == "api") {
      node.renew_signal = SIGKILL;
      node.ends_others = kApiKillAfter;
    }
    const auto program = role == "logic" ? logic_program_ : executables_ / ("stream-" + role);
    node.arguments = {program, "--node-name", name};
    if (!log_level_.empty()) node.arguments.insert(node.arguments.end(), {"--log-level", log_level_});
    for (const std::string& setting : settings) set(node, setting);
    if (role != "broker") {
      for (const BusSocket& socket : kBusSockets) {
        set(node, fmt::format("{}=ipc://{}", socket.key, socket_path(data_dir_, socket.file).string()));
      }
    }
    plan_.push_back(std::move(node));
  }

  // Hands `setting` to every node it names.
  Status apply(const std::string& setting) {
    const auto parsed = parse_setting(setting);
    if (!parsed) return tl::unexpected(parsed.error());
    bool found = false;
    for (NodePlan& node : plan_) {
      if (parsed->node != node.role && parsed->node != node.name) continue;
      set(node, parsed->assignment);
      if (const auto time = kill_after(parsed->assignment); time && node.ends_others) node.ends_others = time;
      found = true;
    }
    if (found) return {};
    std::string names;
    for (const NodePlan& node : plan_) names += (names.empty() ? "" : ", ") + node.name;
    return fail(ErrorCode::kInvalid, "settings: found node '{}', expected a role or one of {}", parsed->node,
                names);
  }

  const fs::path& data_dir() const { return data_dir_; }
  std::vector<NodePlan> take() { return std::move(plan_); }

 private:
  static void set(NodePlan& node, const std::string& assignment) {
    node.arguments.insert(node.arguments.end(), {"--set", assignment});
  }

  const fs::path data_dir_;
  const std::string log_level_;
  const fs::path executables_, logic_program_;
  std::vector<NodePlan> plan_;
};

}  // namespace

Result<std::vector<NodePlan>> make_plan(const ServerConfig& config, const std::string& log_level,
                                        const fs::path& executables) {
  PlanMaker maker(config, log_level, executables);
  const std::string data_dir = "data_dir=" + maker.data_dir().string();

  maker.add("broker", "broker", 0, {data_dir});
  maker.add("api", "api", 1,
            {data_dir, "stream_path=" + fs::absolute(config.stream_path).lexically_normal().string(),
             fmt::format("listen=0.0.0.0:{}", config.api_port)},
            config.api_port == 0);
  for (std::uint32_t i = 0; i < config.ingest_nodes; ++i) {
    const std::uint32_t port = config.ingest_port == 0 ? 0 : config.ingest_port + i;
    maker.add("ingest", fmt::format("ingest-{}", i + 1), 1, {fmt::format("listen=127.0.0.1:{}", port)},
              port == 0);
  }
  for (std::uint32_t i = 0; i < config.logic_nodes; ++i)
    maker.add("logic", fmt::format("logic-{}", i + 1), 1, {});
  for (std::uint32_t i = 0; i < config.reporter_nodes; ++i) {
    maker.add("reporter", fmt::format("reporter-{}", i + 1), 1, {});
  }
  for (const std::string& setting : config.settings) {
    if (auto applied = maker.apply(setting); !applied) return tl::unexpected(std::move(applied).error());
  }
  return maker.take();
}

std::string longest_socket_path(const fs::path& data_dir) {
  std::string longest;
  for (const BusSocket& socket : kBusSockets) {
    if (std::string path = socket_path(data_dir, socket.file); path.size() > longest.size())
      longest = std::move(path);
  }
  return longest;
}

}  // namespace stream::server
