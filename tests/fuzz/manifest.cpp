// An algorithm's manifest, a task that it maps, and frames that are decided as they say. The input is either
// text, {"manifest", "task", "files"}, or a byte that names a shipped algorithm and then changes to such a
// document, three bytes each: where, and what.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "stream/common/json_reader.hpp"
#include "stream/decision/decider.hpp"
#include "stream/decision/objects.hpp"
#include "stream/manifest/algorithm.hpp"
#include "stream/manifest/mapping.hpp"
#include "stream/manifest/task_definition.hpp"
#include "target.hpp"

namespace {

using nlohmann::json;

const json& task() {
  static const json task = json::parse(R"({"TaskID": "cam",
    "InputSrc": {"SrcID": "camera", "StreamSrc": {"Address": "rtsp://camera/1"}},
    "Algorithm": [{"Type": 1, "TrackInterval": 20, "DetectInterval": 3, "AlarmInterval": 300, "threshold": 62.5,
      "TargetSize": {"MinDetect": 30, "MaxDetect": 250},
      "DetectInfos": [{"TripWire": {"LineStart": {"X": 384, "Y": 72}, "LineEnd": {"X": 384, "Y": 504},
                                    "DirectStart": {"X": 0, "Y": 0}, "DirectEnd": {"X": 9, "Y": 0}},
                       "HotArea": [{"X": 96, "Y": -7}, {"X": 672, "Y": 72}, {"X": 672, "Y": 504}]}],
      "Extend": {"InFrames": 4, "OutFrames": 9, "StayTime": 1.5, "LeaveTime": 3, "ObjectCount": 2,
        "Rules": {"size": {}, "anchor": "center", "drawn_on": {"width": 1920, "height": 1080},
          "area": {"min_overlap": 0.5}, "threshold": {"others": 0.5, "by_class": {"0": 0.9}},
          "schedule": {"weekdays": ["mon"], "ranges": [{"begin": "22:00", "end": "06:00"}], "time_zone": "UTC"}}}}],
    "Reporting": {"ReportUrlList": ["http://127.0.0.1:9/upload"]}})");
  return task;
}

const json& files() {
  static const json files = json::parse(R"({
    "demo": {"channels": [{"channel_id": 0, "sample_interval": 1}]},
    "engine": [{"graph_id": 0}],
    "detector": {"configure": {"threshold_conf": {"person": 0.3, "car": 1}, "roi": {"left": 1}}},
    "filter": {"configure": {"rules": [{"channel_id": 0, "filters": [{"areas": [], "classes": [0], "type": 1}]}]}}})");
  return files;
}

const std::vector<json>& manifests() {
  static const std::vector<json> all = [] {
    std::vector<json> found;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(STREAM_SOURCE_DIR) + "/algorithms")) {
      const std::string name = entry.path().filename();
      json manifest = json::parse(stream::fuzz::read_source("algorithms/" + name + "/algorithm.json"));
      manifest["labels"] = {"person", "bicycle", "car"};
      found.push_back(std::move(manifest));
    }
    FUZZ_CHECK(!found.empty());
    return found;
  }();
  return all;
}

void collect(json& node, std::vector<json*>& nodes) {
  nodes.push_back(&node);
  if (!node.is_structured()) return;
  for (json& child : node) collect(child, nodes);
}

// What values are changed to.
json replacement(std::uint8_t which, const json& other) {
  static const json values =
      json::parse(R"([null, true, 0, -1, 1, 0.5, 1e300, 2147483648, -9223372036854775808,
    18446744073709551615, "", "*", "/", "/*", "/configure/*", "/Algorithm/*/0/-", "~", "logic", "demo", [], {}, [[]],
    [[[]]], {"X": 1, "Y": 2}, "position", "areas", "lines", "threshold", "24:00", "Europe/Berlin", "../x"])");
  return which < values.size() ? values[which] : other;
}

json changed(const std::uint8_t* data, std::size_t size) {
  json document = {
      {"manifest", manifests()[data[0] % manifests().size()]}, {"task", task()}, {"files", files()}};
  constexpr std::size_t kChange = 3;
  for (std::size_t i = 1; i + kChange <= size; i += kChange) {
    std::vector<json*> nodes;
    collect(document, nodes);
    const std::size_t at = data[i] * 256U + data[i + 1];
    const json other = *nodes[at / 7 % nodes.size()];
    *nodes[at % nodes.size()] = replacement(data[i + 2], other);
    constexpr std::size_t kLargest = 1 << 16;  // copies of copies grow fast
    if (document.dump(-1, ' ', false, json::error_handler_t::replace).size() > kLargest) break;
  }
  return document;
}

// What a create accepts can be decided.
void decide(const stream::manifest::LogicPart& part) {
  auto decider = stream::decision::Decider::make(part, {});
  FUZZ_CHECK(decider.has_value());
  stream::FrameMeta frame;
  frame.width = 768;
  frame.height = 576;
  frame.detections.resize(2);
  frame.detections[1].box = {100, 100, 60, 200};
  frame.track_ids = {7, 8};
  frame.sub_objects.resize(2);
  frame.sub_objects[0].label = "A1";
  frame.poses.resize(1);
  frame.poses[0].keypoints = {10, 20, 0.9F, 90, 200, 0.8F};
  frame.faces.resize(1);
  for (frame.frame_id = 0; frame.frame_id < 4; ++frame.frame_id) {
    for (const auto& alarm : decider->next_frame(frame))
      FUZZ_CHECK(json::accept(stream::decision::extend_of(frame, part, alarm)));
    for (auto& detection : frame.detections) detection.box.x += 20;
  }
}

void map(const stream::manifest::Algorithm& algorithm, const json& request, json contents) {
  using namespace stream::manifest;
  const auto definition = parse_task_definition(request);
  if (!definition) {
    FUZZ_CHECK(!definition.error().message.empty());
    return;
  }
  MappingTargets targets;
  if (contents.is_object()) {
    for (auto& [role, content] : contents.items()) targets[role] = {{role + ".json", &content}};
  }
  for (std::size_t i = 0; i < definition->algorithms.size(); ++i) {
    const auto logic = resolve_logic(algorithm, request, i);
    if (logic) {
      const auto part = parse_logic_part(logic->dump(-1, ' ', false, json::error_handler_t::replace));
      FUZZ_CHECK(part.has_value());
      decide(*part);
    } else {
      FUZZ_CHECK(!logic.error().message.empty());
    }
    if (const auto done = apply_mapping(algorithm, request, i, targets); !done)
      FUZZ_CHECK(!done.error().message.empty());
  }
}

}  // namespace

std::vector<std::string> stream::fuzz::examples() {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < manifests().size(); ++i) {
    all.push_back(std::string(1, static_cast<char>(i)) + "one two three");
    all.push_back(json{{"manifest", manifests()[i]}, {"task", task()}, {"files", files()}}.dump());
  }
  return all;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  json document;
  if (data[0] == '{') {
    const auto parsed = stream::parse_json(stream::fuzz::text_of(data, size));
    if (!parsed) return 0;
    document = *parsed;
  } else {
    document = changed(data, size);
  }
  const auto member = [&](const char* name) {
    return document.is_object() && document.contains(name) ? document[name] : json();
  };
  const json manifest = member("manifest");
  const bool has_name = manifest.is_object() && manifest.contains("name") && manifest["name"].is_string();
  const std::string name = has_name ? manifest["name"].get<std::string>() : "none";
  // A folder that is not there: what a manifest names must not lead out of it.
  const auto algorithm = stream::manifest::read_algorithm("/no/such/folder/" + name, manifest);
  if (!algorithm) {
    FUZZ_CHECK(!algorithm.error().message.empty());
    return 0;
  }
  map(*algorithm, member("task"), member("files"));
  return 0;
}
