#include "stragglers.hpp"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <fstream>
#include <set>
#include <system_error>

namespace stream::api {
namespace {

namespace fs = std::filesystem;

constexpr int kMostRounds = 10;

// Whether `mark` is `wanted` or that of a folder below it.
bool is_within(const std::string& mark, const std::string& wanted) {
  return mark.starts_with(wanted) && (mark.size() == wanted.size() || mark[wanted.size()] == '/');
}

}  // namespace

std::string straggler_mark(const std::string& api_node, const fs::path& folder) {
  return api_node + ":" + folder.string();
}

// A process that has ended, but is not reaped, has no environment any more; nor has one that ends just now,
// which getline takes for the end of the file (an iterator over the buffer would throw).
std::string mark_of(pid_t pid) {
  const std::string name = std::string(kStragglerMark) + "=";
  std::ifstream environment(fs::path("/proc") / std::to_string(pid) / "environ", std::ios::binary);
  for (std::string entry; std::getline(environment, entry, '\0');) {
    if (entry.starts_with(name)) return entry.substr(name.size());
  }
  return {};
}

std::map<pid_t, fs::path> find_marked(const std::string& api_node, const fs::path& folder) {
  const std::string wanted = straggler_mark(api_node, folder);
  std::map<pid_t, fs::path> found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/proc", failure)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size() || pid == ::getpid()) continue;
    const std::string mark = mark_of(pid);
    if (is_within(mark, wanted)) found.emplace(pid, mark.substr(straggler_mark(api_node, {}).size()));
  }
  return found;
}

std::size_t kill_stragglers(const std::string& api_node, const fs::path& folder) {
  std::set<pid_t> killed;
  for (int round = 0; round < kMostRounds; ++round) {
    const auto found = find_marked(api_node, folder);
    if (found.empty()) break;
    for (const auto& [pid, where] : found) {
      ::kill(pid, SIGKILL);
      killed.insert(pid);
    }
  }
  return killed.size();
}

}  // namespace stream::api
