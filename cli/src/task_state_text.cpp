#include "task_state_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "text.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "-";
  if (found->is_string()) return found->get<std::string>().empty() ? "-" : found->get<std::string>();
  return found->is_number_float() ? fmt::format("{:.1f}", found->get<double>()) : found->dump();
}

// "40 s", "12 min", "5 h", "3 d": how long ago.
std::string age(const json& object, const char* key, double now) {
  constexpr double kMinute = 60, kHour = 3600, kDay = 86400;
  const auto found = object.find(key);
  // 0 is never.
  if (found == object.end() || !found->is_number() || found->get<double>() <= 0) return "-";
  const double seconds = std::max(0.0, now - found->get<double>());
  if (seconds < 2 * kMinute) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{:.0f} min", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{:.0f} h", seconds / kHour);
  return fmt::format("{:.0f} d", seconds / kDay);
}

json algorithms_of(const json& task) {
  const auto found = task.find("algorithms");
  return found != task.end() && found->is_array() ? *found : json::array();
}

// From what needs a person to what nobody has to care for; a state that is not here is behind them.
constexpr std::array<std::string_view, 11> kByConcern{"failed",  "crash_loop", "stalled",  "blocked",
                                                      "backoff", "queued",     "starting", "stopping",
                                                      "running", "ended",      "stopped"};

// The algorithm that needs most attention.
json concern_of(const json& task) {
  const json algorithms = algorithms_of(task);
  const auto rank = [](const json& algorithm) {
    return std::find(kByConcern.begin(), kByConcern.end(), text(algorithm, "state")) - kByConcern.begin();
  };
  const auto first = std::min_element(algorithms.begin(), algorithms.end(),
                                      [&](const json& a, const json& b) { return rank(a) < rank(b); });
  return first == algorithms.end() ? json::object() : *first;
}

}  // namespace

void print_task_table(std::ostream& out, const json& tasks, double now) {
  std::vector<std::vector<std::string>> rows{
      {"TASK", "STATE", "SINCE", "FPS", "RESTARTS", "NODE", "SOURCE", "WHY"}};
  for (const json& task : tasks) {
    const json concern = concern_of(task);
    rows.push_back({text(task, "task"), text(concern, "state"), age(concern, "since", now),
                    text(concern, "fps_posted"), text(concern, "restarts"), text(task, "node"),
                    text(task, "src_id"), text(concern, "reason")});
  }
  print_table(out, rows);
}

void print_task(std::ostream& out, const json& task, const std::vector<std::vector<std::string>>& logs,
                double now) {
  const auto line = [&out](const std::string& what) { out << one_line(what) << '\n'; };
  line(fmt::format("{}: {}, source {}, on {}", text(task, "task"), text(concern_of(task), "state"),
                   text(task, "src_id"), text(task, "node")));
  std::size_t number = 0;
  for (const json& algorithm : algorithms_of(task)) {
    line(fmt::format("  {} ({}): {} for {}", text(algorithm, "name"), text(algorithm, "type"),
                     text(algorithm, "state"), age(algorithm, "since", now)));
    if (text(algorithm, "reason") != "-") {
      line(fmt::format("    why         {} ({})", text(algorithm, "reason"), text(algorithm, "reason_code")));
    }
    line(fmt::format("    process     pid {}, {} restarts, {} MiB", text(algorithm, "pid"),
                     text(algorithm, "restarts"), text(algorithm, "memory_mib")));
    if (text(algorithm, "last_exit") != "-") line("    last exit   " + text(algorithm, "last_exit"));
    const std::string last = age(algorithm, "last_frame_at", now);
    line(fmt::format("    frames/s    {} decoded, {} posted to {}, {}", text(algorithm, "fps_in"),
                     text(algorithm, "fps_posted"), text(algorithm, "ingest_node"),
                     last == "-" ? "none yet" : "the last " + last + " ago"));
    if (number < logs.size()) {
      for (const std::string& said : logs[number]) line("    | " + said);
    }
    ++number;
  }
}

}  // namespace stream::cli
