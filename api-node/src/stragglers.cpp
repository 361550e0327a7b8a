#include "stragglers.hpp"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <fstream>
#include <system_error>

namespace stream::api {
namespace {

namespace fs = std::filesystem;

constexpr int kMostRounds = 10;

// A process that has ended, but is not reaped, has no environment any more; nor has one that ends just now,
// which getline takes for the end of the file (an iterator over the buffer would throw).
bool is_marked(const fs::path& process, const std::string& mark) {
  const std::string wanted = std::string(kStragglerMark) + "=" + mark;
  std::ifstream environment(process / "environ", std::ios::binary);
  for (std::string entry; std::getline(environment, entry, '\0');) {
    if (!entry.starts_with(wanted)) continue;
    if (entry.size() == wanted.size() || entry[wanted.size()] == '/') return true;
  }
  return false;
}

}  // namespace

std::string straggler_mark(const std::string& api_node, const fs::path& folder) {
  return api_node + ":" + folder.string();
}

std::set<pid_t> find_stragglers(const std::string& api_node, const fs::path& folder) {
  const std::string mark = straggler_mark(api_node, folder);
  std::set<pid_t> found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/proc", failure)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size() || pid == ::getpid()) continue;
    if (is_marked(entry.path(), mark)) found.insert(pid);
  }
  return found;
}

std::size_t kill_stragglers(const std::string& api_node, const fs::path& folder) {
  std::set<pid_t> killed;
  for (int round = 0; round < kMostRounds; ++round) {
    const auto found = find_stragglers(api_node, folder);
    if (found.empty()) break;
    for (const pid_t pid : found) ::kill(pid, SIGKILL);
    killed.insert(found.begin(), found.end());
  }
  return killed.size();
}

}  // namespace stream::api
