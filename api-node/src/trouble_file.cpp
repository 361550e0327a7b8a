#include "trouble_file.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "stream/common/files.hpp"
#include "stream/common/json_reader.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr const char* kFileName = "trouble.json";
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostInt64 = std::numeric_limits<std::int64_t>::max();

std::int64_t to_ms(StreamMachine::Clock::duration time) {
  return duration_cast<milliseconds>(time).count();
}

// Longer ago than anything that is remembered; what is longer need not be told apart.
milliseconds since(std::int64_t then_us, std::int64_t now_us) {
  constexpr std::int64_t kDayUs = 86'400'000'000;
  const std::int64_t passed =
      then_us >= now_us ? 0 : std::min(now_us - std::max<std::int64_t>(then_us, 0), kDayUs);
  return duration_cast<milliseconds>(microseconds(passed));
}

json to_json(const StreamStatus& status) {
  json content = {{"state", name_of(status.state)},
                  {"reason", name_of(status.reason)},
                  {"text", status.text},
                  {"over", status.over},
                  {"since_us", status.since_us},
                  {"last_exit", status.last_exit},
                  {"last_frame_us", status.last_frame_us}};
  if (status.exit_code) content["exit_code"] = *status.exit_code;
  if (status.exit_signal) content["exit_signal"] = *status.exit_signal;
  return content;
}

StreamStatus read_status(const JsonReader& root) {
  StreamStatus status;
  // Words of a newer release are no states that it waits or ends in.
  status.state = state_named(root["state"].string()).value_or(StreamState::kQueued);
  status.reason = reason_named(root["reason"].string()).value_or(StreamReason::kNone);
  status.text = root["text"].string();
  status.over = root["over"].boolean();
  status.since_us = root["since_us"].integer(0, kMostInt64);
  status.last_exit = root["last_exit"].string();
  status.last_frame_us = root["last_frame_us"].integer(0, kMostInt64);
  const auto read_number = [&](const char* name) -> std::optional<int> {
    const JsonReader number = root[name];
    if (number.is_missing()) return std::nullopt;
    return static_cast<int>(number.integer(0, kMost));
  };
  status.exit_code = read_number("exit_code");
  status.exit_signal = read_number("exit_signal");
  return status;
}

StreamMachine::Trouble read_tries(const JsonReader& root, const Moment& now) {
  const milliseconds passed = since(root["written_us"].integer(0, kMostInt64), now.unix_us);
  StreamMachine::Trouble trouble;
  trouble.restarts = static_cast<std::uint32_t>(root["restarts"].integer(0, kMost));
  trouble.step = milliseconds(root["step_ms"].integer(0, kMost));
  trouble.crash_loop = root["crash_loop"].boolean();
  trouble.counts_restart = root["counts_restart"].boolean();
  trouble.next_try = now.steady + milliseconds(root["next_try_in_ms"].integer(0, kMost)) - passed;
  const JsonReader ages = root["crash_ages_ms"];
  for (std::size_t i = 0; i < ages.size(); ++i) {
    trouble.crashes.push_back(now.steady - passed - milliseconds(ages[i].integer(0, kMost)));
  }
  return trouble;
}

}  // namespace

Status write_trouble(const fs::path& folder, std::int64_t life, const KnownTrouble& known,
                     const Moment& now) {
  const StreamMachine::Trouble& trouble = known.trouble;
  json ages = json::array();
  for (const auto& crash : trouble.crashes) ages.push_back(std::min(to_ms(now.steady - crash), kMost));
  const json content = {{"life", life},
                        {"written_us", now.unix_us},
                        {"restarts", std::min<std::int64_t>(trouble.restarts, kMost)},
                        {"step_ms", trouble.step.count()},
                        {"crash_loop", trouble.crash_loop},
                        {"counts_restart", trouble.counts_restart},
                        {"next_try_in_ms", std::max<std::int64_t>(0, to_ms(trouble.next_try - now.steady))},
                        {"crash_ages_ms", std::move(ages)},
                        {"status", to_json(known.status)}};
  return write_file(folder / kFileName, content.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

Result<std::optional<KnownTrouble>> read_trouble(const fs::path& folder, std::int64_t life,
                                                 const Moment& now) {
  const fs::path file = folder / kFileName;
  std::error_code failure;
  if (!fs::exists(file, failure)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  const auto content = parse_json(std::string(std::istreambuf_iterator<char>(in), {}));
  if (!content) return tl::unexpected(Error(content.error()).within(file.string()));
  std::optional<Error> error;
  const JsonReader root(*content, error);
  const bool is_of_it = root["life"].integer(0, kMostInt64) == life;
  KnownTrouble known{read_tries(root, now), read_status(root["status"])};
  known.status.restarts = known.trouble.restarts;
  if (error) return tl::unexpected(std::move(*error).within(file.string()));
  if (!is_of_it) return std::nullopt;
  return known;
}

void remove_trouble(const fs::path& folder) {
  std::error_code failure;  // one that stays is of another life as soon as the task has one
  fs::remove(folder / kFileName, failure);
}

}  // namespace stream::api
