#include "process_record.hpp"

#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "stream/common/eventually.hpp"
#include "stream/common/files.hpp"
#include "stream/common/json_reader.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFileName = "process.json";

// Empty when it cannot be read.
std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The state and the start of a line of /proc/<pid>/stat. The name of the program, in brackets, may hold
// anything, brackets and spaces included.
struct StatLine {
  char state = 0;
  std::uint64_t start_ticks = 0;
};

std::optional<StatLine> parse_stat(std::string_view line) {
  const std::size_t name_end = line.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  line.remove_prefix(name_end + 2);
  StatLine found;
  found.state = line.empty() ? '\0' : line.front();
  constexpr int kFieldsBefore = 19;  // from the state, field 3, to the start, field 22
  for (int i = 0; i < kFieldsBefore; ++i) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    line.remove_prefix(space + 1);
  }
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), found.start_ticks);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return found;
}

std::string boot_id() {
  std::string id = content_of("/proc/sys/kernel/random/boot_id");
  if (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace

std::optional<ProcessIdentity> identify_process(pid_t pid) {
  constexpr std::chrono::milliseconds kLongestExec{100}, kPause{1};
  const fs::path folder = fs::path("/proc") / std::to_string(pid);
  std::optional<StatLine> stat;
  std::string line;
  // A process in the middle of exec() has no command line, as kernel threads never have.
  eventually(
      [&] {
        stat = parse_stat(content_of(folder / "stat"));
        line = content_of(folder / "cmdline");
        return !stat || stat->state == 'Z' || stat->state == 'X' || !line.empty();
      },
      kLongestExec, kPause);
  if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  ProcessIdentity found{pid, stat->start_ticks, boot_id(), {}};
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find('\0', at), line.size());
    found.arguments.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return found;
}

Status write_process_record(const fs::path& folder, const ProcessRecord& record) {
  json content = {{"pid", record.process.pid},           {"start_ticks", record.process.start_ticks},
                  {"boot_id", record.process.boot_id},   {"arguments", record.process.arguments},
                  {"control_port", record.control_port}, {"ingest_address", record.ingest_address},
                  {"started_us", record.started_us},     {"restarts", record.restarts}};
  if (record.log_from) content["log_from"] = *record.log_from;
  return write_file(folder / kFileName, content.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

Result<std::optional<ProcessRecord>> read_process_record(const fs::path& folder) {
  const fs::path file = folder / kFileName;
  std::error_code failure;
  if (!fs::exists(file, failure)) return std::nullopt;
  const auto content = parse_json(content_of(file));
  if (!content) return tl::unexpected(Error(content.error()).within(file.string()));
  constexpr std::int64_t kMostInt64 = std::numeric_limits<std::int64_t>::max();
  std::optional<Error> error;
  const JsonReader root(*content, error);
  ProcessRecord record;
  record.process.pid = static_cast<pid_t>(root["pid"].integer(1, std::numeric_limits<pid_t>::max()));
  record.process.start_ticks = static_cast<std::uint64_t>(root["start_ticks"].integer(0, kMostInt64));
  record.process.boot_id = root["boot_id"].string();
  const JsonReader arguments = root["arguments"];
  for (std::size_t i = 0; i < arguments.size(); ++i)
    record.process.arguments.push_back(arguments[i].string());
  record.control_port =
      static_cast<std::uint16_t>(root["control_port"].integer(0, std::numeric_limits<std::uint16_t>::max()));
  record.ingest_address = root["ingest_address"].string();
  record.started_us = root["started_us"].integer(0, kMostInt64);
  record.restarts =
      static_cast<std::uint32_t>(root["restarts"].integer(0, std::numeric_limits<std::uint32_t>::max()));
  if (const JsonReader log_from = root["log_from"]; !log_from.is_missing())
    record.log_from = static_cast<std::uint64_t>(log_from.integer(0, kMostInt64));
  if (error) return tl::unexpected(std::move(*error).within(file.string()));
  return record;
}

void remove_process_record(const fs::path& folder) {
  std::error_code failure;  // one that stays names a process that is gone, which is noticed
  fs::remove(folder / kFileName, failure);
}

}  // namespace stream::api
