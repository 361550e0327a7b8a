#include "left_behind.hpp"

#include <csignal>
#include <set>
#include <system_error>
#include <utility>

#include "stragglers.hpp"
#include "stream/common/log.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

constexpr int kMostRounds = 10;

}  // namespace

LeftBehind::LeftBehind(std::string api_node, fs::path data_dir)
    : api_node_(std::move(api_node)), data_dir_(std::move(data_dir)) {
  std::error_code failure;
  for (const auto& task : fs::directory_iterator(data_dir_ / "tasks", failure)) {
    for (const auto& folder : fs::directory_iterator(task.path(), failure)) find(folder.path());
  }
  for (const auto& folder : fs::directory_iterator(data_dir_ / "shared", failure)) find(folder.path());
  kill_unrecorded();
}

// In rounds, since what is killed may just be starting something.
void LeftBehind::kill_unrecorded() {
  std::set<pid_t> killed;
  for (int round = 0; round < kMostRounds; ++round) {
    auto marked = find_marked(api_node_, data_dir_);
    std::erase_if(marked, [this](const auto& entry) { return found_.contains(entry.second); });
    if (marked.empty()) break;
    for (const auto& [pid, folder] : marked) {
      ::kill(pid, SIGKILL);
      killed.insert(pid);
    }
  }
  killed_ = killed.size();
}

void LeftBehind::find(const fs::path& folder) {
  auto record = read_process_record(folder);
  if (!record) {
    log::warn("process_record_unreadable", {{"reason", record.error().message}});
    return;
  }
  if (!*record) return;
  auto process = AdoptedProcess::adopt((*record)->process);
  // Of two nodes that share a folder each takes its own.
  if (process && mark_of((*record)->process.pid) == straggler_mark(api_node_, folder)) {
    found_.emplace(folder, Found{std::move(**record), std::move(*process)});
  } else if (!process) {
    gone_.emplace(folder, std::move(**record));
    remove_process_record(folder);
  }
}

std::optional<LeftBehind::Found> LeftBehind::take(const fs::path& folder) {
  auto found = found_.extract(folder);
  if (!found) return std::nullopt;
  return std::move(found.mapped());
}

std::optional<ProcessRecord> LeftBehind::take_gone(const fs::path& folder) {
  auto gone = gone_.extract(folder);
  if (!gone) return std::nullopt;
  return std::move(gone.mapped());
}

std::size_t LeftBehind::end_the_rest() {
  gone_.clear();
  std::size_t count = 0;
  for (const auto& [folder, found] : std::exchange(found_, {})) {
    found.process.signal(SIGKILL);
    count += 1 + kill_stragglers(api_node_, folder);
    remove_process_record(folder);
  }
  return count;
}

}  // namespace stream::api
