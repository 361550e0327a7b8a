#include "stream/manifest/cases.hpp"

#include <algorithm>

#include "stream/common/json_reader.hpp"
#include "stream/manifest/task_definition.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::manifest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kVersionBytes = 1;  // that a message begins with

// A frame with one of everything, as people see it: which members there are.
const json& whole_frame() {
  static const json shown = [] {
    FrameMeta frame;
    frame.detections.resize(1);
    frame.track_ids = {0};
    frame.sub_objects.resize(1);
    frame.poses.resize(1);
    frame.poses[0].keypoints = {0};
    frame.faces.resize(1);
    frame.faces[0].points_x = frame.faces[0].points_y = {0};
    return to_display_json(frame);
  }();
  return shown;
}

// Complains about members that a frame does not have, and about values of another kind.
void check_like(const JsonReader& reader, const json& model) {
  if (model.is_object()) {
    reader.expect_object();
    if (!reader.raw().is_object()) return;
    for (const auto& [name, member] : reader.raw().items()) {
      if (model.contains(name)) {
        check_like(reader[name], model[name]);
      } else {
        reader[name].complain("an unknown member", "a member of a frame");
      }
    }
  } else if (model.is_array()) {
    for (std::size_t i = 0, count = reader.size(); i < count; ++i) check_like(reader[i], model[0]);
  } else if (model.is_string()) {
    reader.string();
  } else if (model.is_boolean()) {
    reader.boolean();
  } else if (model.is_number_float()) {
    constexpr double kMost = 1e9;
    reader.number(-kMost, kMost);
  } else {
    constexpr std::int64_t kMost = std::int64_t{1} << 62U;
    reader.integer(model.is_number_unsigned() ? 0 : -kMost, kMost);
  }
}

std::vector<FrameMeta> read_frames(const JsonReader& root) {
  std::vector<FrameMeta> frames;
  for (std::size_t i = 0, count = root.size(); i < count; ++i) {
    const JsonReader reader = root[i];
    check_like(reader, whole_frame());
    // The messages' own coding knows the members, so that frames can never look different here.
    std::string message = encode(FrameMeta{}).substr(0, kVersionBytes);
    const auto members = json::to_msgpack(reader.raw());
    message.append(members.begin(), members.end());
    auto frame = decode<FrameMeta>(message);
    if (!frame) {
      reader.complain(frame.error().message, "a frame");
      break;
    }
    frames.push_back(*std::move(frame));
  }
  return frames;
}

ExpectedEvent read_event(const JsonReader& reader) {
  reader.expect_only({"key", "box", "extend"});
  ExpectedEvent event;
  if (const JsonReader key = reader["key"]; !key.is_missing()) event.key = key.string();
  if (const JsonReader box = reader["box"]; !box.is_missing()) {
    constexpr std::int64_t kMost = std::int64_t{1} << 31U;
    auto& edges = event.box.emplace();
    if (box.size() != edges.size()) {
      box.complain("left, top, right and bottom");
    } else {
      for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = box[i].integer(-kMost, kMost);
    }
  }
  if (const JsonReader extend = reader["extend"]; !extend.is_missing()) {
    extend.expect_object();
    event.extend = extend.raw();
  }
  return event;
}

std::vector<ExpectedAlarm> read_expected(const JsonReader& root) {
  std::vector<ExpectedAlarm> alarms;
  for (std::size_t i = 0, count = root.size(); i < count; ++i) {
    const JsonReader reader = root[i];
    reader.expect_only({"frame", "events"});
    constexpr std::int64_t kMost = std::int64_t{1} << 62U;
    ExpectedAlarm alarm{reader["frame"].integer(-kMost, kMost), {}};
    const JsonReader events = reader["events"];
    for (std::size_t k = 0, size = events.size(); k < size; ++k)
      alarm.events.push_back(read_event(events[k]));
    alarms.push_back(std::move(alarm));
  }
  return alarms;
}

// Reads one file with `read`, which complains in a slot of its own.
template <class T>
Result<T> read_file(const fs::path& file, T (*read)(const JsonReader&)) {
  const auto document = read_json_file(file);
  if (!document) return tl::unexpected(document.error());
  std::optional<Error> error;
  T value = read(JsonReader(*document, error));
  if (error) return tl::unexpected(std::move(*error).within(file.string()));
  return value;
}

Result<json> read_task(const fs::path& file) {
  const auto document = read_json_file(file);
  if (!document) return tl::unexpected(document.error());
  const auto task = parse_task_definition(*document);
  if (!task) return tl::unexpected(Error(task.error()).within(file.string()));
  if (task->algorithms.size() != 1) {
    return fail(ErrorCode::kInvalid, "{}: /Algorithm: found {} entries, expected one", file.string(),
                task->algorithms.size());
  }
  return *document;
}

Result<Case> read_case(const fs::path& folder) {
  auto task = read_task(folder / "task.json");
  if (!task) return tl::unexpected(task.error());
  auto frames = read_file(folder / "frames.json", read_frames);
  if (!frames) return tl::unexpected(frames.error());
  auto expected = read_file(folder / "expected.json", read_expected);
  if (!expected) return tl::unexpected(expected.error());
  return Case{folder.filename(), *std::move(task), *std::move(frames), *std::move(expected)};
}

json shown(const ExpectedAlarm& alarm) {
  json events = json::array();
  for (const ExpectedEvent& event : alarm.events) {
    json one = json::object();
    if (event.key) one["key"] = *event.key;
    if (event.box) one["box"] = *event.box;
    if (event.extend) one["extend"] = *event.extend;
    events.push_back(std::move(one));
  }
  return {{"frame", alarm.frame}, {"events", std::move(events)}};
}

bool fits(const ExpectedEvent& expected, const ExpectedEvent& decided) {
  return (!expected.key || expected.key == decided.key) && (!expected.box || expected.box == decided.box) &&
         (!expected.extend || expected.extend == decided.extend);
}

bool fits(const ExpectedAlarm& expected, const ExpectedAlarm& decided) {
  return expected.frame == decided.frame &&
         std::equal(expected.events.begin(), expected.events.end(), decided.events.begin(),
                    decided.events.end(),
                    [](const ExpectedEvent& a, const ExpectedEvent& b) { return fits(a, b); });
}

}  // namespace

Result<std::vector<Case>> read_cases(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder / "cases", failure)) {
    if (entry.is_directory(failure)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<Case> cases;
  for (const fs::path& path : found) {
    auto one = read_case(path);
    if (!one) return tl::unexpected(std::move(one.error()));
    cases.push_back(*std::move(one));
  }
  return cases;
}

std::vector<std::string> differences(const std::vector<ExpectedAlarm>& expected,
                                     const std::vector<ExpectedAlarm>& decided) {
  std::vector<std::string> lines;
  const std::size_t count = std::max(expected.size(), decided.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (i < expected.size() && i < decided.size() && fits(expected[i], decided[i])) continue;
    lines.push_back(fmt::format("alarm {}: found {}, expected {}", i + 1,
                                i < decided.size() ? shown(decided[i]).dump() : "none",
                                i < expected.size() ? shown(expected[i]).dump() : "none"));
  }
  return lines;
}

}  // namespace stream::manifest
