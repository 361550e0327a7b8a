#include "explain_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "stream/common/duration.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;
using Rows = std::vector<std::vector<std::string>>;

// UNIX time in some unit; nothing after the year 9999, which calendars do not know.
std::int64_t unix_us(const json& time, std::int64_t unit_us) {
  constexpr std::int64_t kLast_us = 253'402'300'799'999'999;
  return std::clamp<std::int64_t>(time.get<std::int64_t>(), 0, kLast_us / unit_us) * unit_us;
}

std::int64_t stamp_us(const json& stamp) {
  return unix_us(stamp.at("unix_ms"), 1000);
}

// "frame 812 at 14:03:59.120".
std::string stamp_text(const json& stamp) {
  return fmt::format("frame {} at {}", stamp.at("frame").get<std::int64_t>(), time_text(stamp_us(stamp)));
}

std::string frame_range(const json& first, const json& last) {
  const auto from = first.at("frame").get<std::int64_t>();
  const auto to = last.at("frame").get<std::int64_t>();
  return from == to ? std::to_string(from) : fmt::format("{}-{}", from, to);
}

std::string text_of(const json& object, const char* name) {
  return object.at(name).get<std::string>();
}

void print_process(std::ostream& out, const json& process) {
  const auto state = process.value("state", std::string("unknown"));
  out << "  stream process: " << one_line(state);
  if (const auto since = process.find("since"); since != process.end()) {
    out << " since " << date_text(unix_us(*since, 1'000'000));
  }
  if (const auto reason = process.value("reason", std::string()); !reason.empty()) {
    out << " (" << one_line(reason) << ')';
  }
  out << '\n';
  if (const auto error = process.find("stream_error"); error != process.end()) {
    out << "  stream process said: " << one_line(text_of(*error, "text")) << " at "
        << date_text(unix_us(error->at("at"), 1'000'000)) << '\n';
  }
}

void print_frames(std::ostream& out, const json& explained) {
  const json& frames = explained.at("frames");
  const auto count = frames.at("count").get<std::uint64_t>();
  if (count == 0) {
    out << "  frames: none";
    if (const json& newest = explained.at("newest"); !newest.is_null()) {
      out << "; the last was frame " << newest.at("frame").get<std::int64_t>() << " at "
          << date_text(stamp_us(newest));
    }
    out << '\n';
    return;
  }
  out << fmt::format("  frames: {}, from {} to {}", count, stamp_text(frames.at("first")),
                     stamp_text(frames.at("last")));
  if (const auto without = frames.at("without_objects").get<std::uint64_t>(); without > 0) {
    out << fmt::format("; {} without any object that this algorithm looks at",
                       without == count ? "all" : std::to_string(without));
  }
  out << '\n';
}

void print_rules(std::ostream& out, const json& rules) {
  if (rules.empty()) return;
  Rows rows{{"  RULE", "LET THROUGH", "STOPPED"}};
  for (const json& rule : rules) {
    rows.push_back({"  " + text_of(rule, "rule"), rule.at("passed").dump(), rule.at("stopped").dump()});
  }
  out << '\n';
  print_table(out, rows);
}

std::string alarms_text(const json& object) {
  const auto count = object.at("alarms").get<std::uint64_t>();
  if (count == 0) return "no alarm";
  const json& shown = object.at("alarm_frames");
  std::string frames;
  for (const json& frame : shown)
    frames += fmt::format("{}{}", frames.empty() ? "" : ", ", frame.get<std::int64_t>());
  return fmt::format("{} alarm{}: {}frame {}", count, count == 1 ? "" : "s",
                     shown.size() < count ? "the last in " : "", frames);
}

void print_object(std::ostream& out, const json& object) {
  const auto key = text_of(object, "key");
  out << fmt::format("\n  {}: in {} frames, {}\n", key.empty() ? "without a key" : '"' + one_line(key) + '"',
                     object.at("frames").get<std::uint64_t>(), alarms_text(object));
  Rows rows{{"    FROM", "FRAMES", "TIMES", "STOPPED BY", "WHY"}};
  if (const auto more = object.at("changes_left_out").get<std::uint64_t>(); more > 0) {
    rows.push_back({"    ...", "", "", "", fmt::format("{} changes before are left out", more)});
  }
  for (const json& change : object.at("changes")) {
    const json& stopped_by = change.at("stopped_by");
    rows.push_back({"    " + time_text(stamp_us(change.at("first"))),
                    frame_range(change.at("first"), change.at("last")), change.at("frames").dump(),
                    stopped_by.is_null() ? "- ALARM" : stopped_by.get<std::string>(),
                    text_of(change, "text")});
  }
  print_table(out, rows);
}

void print_algorithm(std::ostream& out, const json& algorithm) {
  out << fmt::format("\nalgorithm {}, {} (type {})", algorithm.at("algorithm").get<std::int64_t>(),
                     one_line(text_of(algorithm, "name")), algorithm.at("type").get<std::int64_t>());
  if (const auto node = text_of(algorithm, "node"); !node.empty())
    out << ", on logic-node " << one_line(node);
  out << '\n';
  print_process(out, algorithm.at("process"));
  if (const auto error = algorithm.find("error"); error != algorithm.end()) {
    out << "  cannot be explained: " << one_line(error->get<std::string>()) << '\n';
    return;
  }
  print_frames(out, algorithm);
  for (const json& note : algorithm.at("notes"))
    out << "  note: " << one_line(note.get<std::string>()) << '\n';
  print_rules(out, algorithm.at("rules"));
  for (const json& object : algorithm.at("objects")) print_object(out, object);
  if (const auto more = algorithm.at("objects_left_out").get<std::uint64_t>(); more > 0) {
    out << fmt::format("\n  {} objects that were last seen earlier are left out\n", more);
  }
}

}  // namespace

bool print_explanation(std::ostream& out, const json& explanation) try {
  out << fmt::format("task {}, the last {}\n", one_line(text_of(explanation, "task")),
                     duration_text(std::chrono::milliseconds(explanation.at("last_ms").get<std::int64_t>())));
  for (const json& algorithm : explanation.at("algorithms")) print_algorithm(out, algorithm);
  return true;
} catch (const json::exception&) {
  return false;
}

}  // namespace stream::cli
