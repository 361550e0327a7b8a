#include "host_network.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "stream/common/process.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::hosts {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIp = "/sbin/ip";  // on every distribution, as itself or as a link
constexpr std::string_view kPrefix = "stream-";

Status ip(std::vector<std::string> arguments) {
  const test::TemporaryFolder folder;
  ProcessOptions options;
  options.arguments = std::move(arguments);
  options.arguments.insert(options.arguments.begin(), kIp);
  options.output_file = folder.path() / "output";
  auto process = Process::start(options);
  if (!process) return tl::unexpected(process.error());
  const auto ended = process->wait(std::chrono::seconds(20));
  if (ended && ended->clean()) return {};
  std::ifstream said(options.output_file);
  return fail(ErrorCode::kUnavailable, "{}: {}", fmt::join(options.arguments, " "),
              std::string(std::istreambuf_iterator<char>(said), {}));
}

// Those of processes that are no more.
void remove_left_behind() {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/run/netns", failure)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    if (!name.starts_with(kPrefix)) continue;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), pid);
    if (pid <= 0 || ::kill(pid, 0) == 0 || errno != ESRCH) continue;
    (void)ip({"netns", "del", name});
  }
}

// The first that fails.
Status all(const std::vector<std::vector<std::string>>& commands) {
  for (const auto& command : commands) {
    if (auto done = ip(command); !done) return done;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<HostNetwork>> HostNetwork::create() {
  if (::geteuid() != 0) return fail(ErrorCode::kUnavailable, "network namespaces need root");
  if (::unshare(CLONE_NEWNET) != 0) {
    return fail(ErrorCode::kUnavailable, "network namespaces are not possible here: {}",
                std::strerror(errno));
  }
  remove_left_behind();
  std::unique_ptr<HostNetwork> network(new HostNetwork());
  auto made = all({{"link", "set", "lo", "up"},
                   {"link", "add", "switch", "type", "bridge"},
                   {"addr", "add", std::string(kOwnAddress) + "/24", "dev", "switch"},
                   {"link", "set", "switch", "up"}});
  if (made) made = network->add("probe", 254);
  if (!made)
    return fail(ErrorCode::kUnavailable, "network namespaces are not possible here: {}",
                made.error().message);
  return network;
}

HostNetwork::~HostNetwork() {
  for (const std::string& name : hosts_) (void)ip({"netns", "del", namespace_of(name)});
}

Status HostNetwork::add(const std::string& name, int number) {
  const std::string space = namespace_of(name);
  if (auto made = ip({"netns", "add", space}); !made) return made;
  hosts_.push_back(name);
  return all({{"link", "add", "to-" + name, "type", "veth", "peer", "name", "eth0", "netns", space},
              {"link", "set", "to-" + name, "master", "switch", "up"},
              {"-n", space, "addr", "add", address_of(number) + "/24", "dev", "eth0"},
              {"-n", space, "link", "set", "lo", "up"},
              {"-n", space, "link", "set", "eth0", "up"}});
}

std::string HostNetwork::address_of(int number) {
  return fmt::format("10.77.0.{}", number);
}

std::vector<std::string> HostNetwork::command_on(const std::string& name) const {
  return {kIp, "netns", "exec", namespace_of(name)};
}

Status HostNetwork::cut(const std::string& name) {
  return ip({"link", "set", "to-" + name, "down"});
}

Status HostNetwork::heal(const std::string& name) {
  return ip({"link", "set", "to-" + name, "up"});
}

std::string HostNetwork::namespace_of(const std::string& name) const {
  return fmt::format("{}{}-{}", kPrefix, ::getpid(), name);
}

}  // namespace stream::hosts
