#include "stream/common/node.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "stream/common/fail_point.hpp"
#include "stream/common/log.hpp"
#include "stream/common/process.hpp"
#include "stream/common/signals.hpp"

namespace stream {
namespace {

std::string& name_of_this_node() {
  static std::string name = "node";
  return name;
}

// Where our starter listens, -1 when nobody does.
int& starter_fd() {
  static int fd = -1;
  return fd;
}

// Takes the descriptor out of the environment: our own children must not mistake one of theirs for it.
void take_starter_fd() {
  if (const char* descriptor = std::getenv("STREAM_READY_FD")) starter_fd() = std::atoi(descriptor);
  ::unsetenv("STREAM_READY_FD");
}

void tell_starter(std::string_view word, std::string_view text) {
  std::string line = fmt::format("{} {}", word, text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  line += '\n';
  if (starter_fd() > STDERR_FILENO && ::write(starter_fd(), line.data(), line.size()) < 0) {
    log::warn("starter_not_told", {{"descriptor", starter_fd()}});
  }
}

std::string default_node_name(const std::string& program) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') return program;
  return program + "@" + host.data();
}

// "--ring_mib" and "--ring-mib" are one flag; values keep their underscores.
std::string with_dashes(std::string flag) {
  if (flag.starts_with("--")) {
    const auto end = flag.begin() + static_cast<std::ptrdiff_t>(std::min(flag.find('='), flag.size()));
    std::replace(flag.begin(), end, '_', '-');
  }
  return flag;
}

int usage_error(const NodeFlags& flags, std::string_view what) {
  fmt::print(stderr, "{}: {}\nTry '{} --help'.\n", flags.program, what, flags.program);
  return kExitUsage;
}

const std::map<std::string, log::Level> kLevels = {{"debug", log::Level::kDebug},
                                                   {"info", log::Level::kInfo},
                                                   {"warn", log::Level::kWarn},
                                                   {"error", log::Level::kError}};

}  // namespace

std::optional<int> start_node(int argc, char** argv, const NodeFlags& flags, ConfigTable& table) {
  block_stop_signals();
  take_starter_fd();
  raise_descriptor_limit();
  CLI::App app(flags.purpose, flags.program);
  std::string config_file;
  std::vector<std::string> settings;
  std::string level = "info";
  bool check_config = false;
  bool print_config = false;
  std::string name = default_node_name(flags.program);
  app.add_option("--config", config_file, "JSON file with configuration keys");
  app.add_option("--set", settings, "key=value; overrides the file; repeatable")->allow_extra_args(false);
  app.add_option("--node-name", name, "name of this node in logs and in the cluster; unique among its role");
  app.add_option("--log-level", level, "debug, info, warn or error")->check(CLI::IsMember(kLevels));
  app.add_flag("--check-config", check_config, "say whether the configuration is good, and exit");
  app.add_flag("--print-config", print_config, "print the configuration as a file for --config, and exit");
  app.set_version_flag("--version", flags.program + " " + STREAM_VERSION);
  app.footer(
      [&table] { return "Configuration keys (in the file, with --set, or as flags):\n" + table.describe(); });
  app.allow_extras();

  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i)
    arguments.push_back(with_dashes(argv[i]));  // CLI11 takes them in reverse
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kExitOk : kExitUsage;
  }

  // What CLI11 does not know are configuration keys: --ring-mib 64 or --ring-mib=64.
  const std::vector<std::string> extras = app.remaining();
  for (std::size_t i = 0; i < extras.size(); ++i) {
    const std::string& flag = extras[i];
    if (!flag.starts_with("--")) return usage_error(flags, fmt::format("{}: unexpected argument", flag));
    std::string assignment = flag.substr(2);
    if (assignment.find('=') == std::string::npos) {
      if (i + 1 == extras.size())
        return usage_error(flags, fmt::format("{}: unknown flag, or its value is missing", flag));
      assignment += "=" + extras[++i];
    }
    settings.push_back(assignment);
  }

  if (!config_file.empty()) {
    if (auto read = table.read_file(config_file); !read) return usage_error(flags, read.error().message);
  }
  for (const std::string& setting : settings) {
    if (auto set = table.set(setting); !set) return usage_error(flags, set.error().message);
  }
  if (print_config) {
    fmt::print("{}\n", table.to_json().dump(2));
    return kExitOk;
  }
  if (const Status good = flags.check ? flags.check() : Status(); !good) {
    tell_starter("FAILED", good.error().message);
    return usage_error(flags, good.error().message);
  }
  if (check_config) {
    fmt::print("configuration ok\n");
    return kExitOk;
  }
  if (auto armed = arm_fail_points(); !armed) return usage_error(flags, armed.error().message);
  name_of_this_node() = name;
  log::set_up(name, kLevels.at(level));
  return std::nullopt;
}

const std::string& node_name() {
  return name_of_this_node();
}

int node_failed(const Error& error) {
  log::error("cannot_run", {{"reason", error.message}});
  tell_starter("FAILED", error.message);
  return kExitFailed;
}

void notify_ready(std::string_view text) {
  log::info("ready", {{"what", text}});
  tell_starter("READY", text);
}

void wait_for_stop() {
  for (;;) {
    if (const auto signal_number = wait_stop_signal(std::chrono::hours(1))) {
      log::info("stopping", {{"signal", *signal_number}});
      return;
    }
  }
}

}  // namespace stream
