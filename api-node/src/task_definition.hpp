// What application-web asks for: the body of /task/create, checked.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::api {

// Pixels of the picture the user drew on; may be negative or outside the picture.
struct Point {
  std::int64_t x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

// A line; one that was never drawn is all zeros.
struct TripWire {
  Point start, end;
  bool is_set() const { return start != end; }
  bool operator==(const TripWire&) const = default;
};

struct DetectInfo {
  TripWire trip_wire;
  std::vector<Point> hot_area;  // corners of a polygon; empty: none
  bool operator==(const DetectInfo&) const = default;
};

// One entry of "Algorithm". What was absent keeps the value of the sample's files.
struct AlgorithmRequest {
  std::int32_t type = 0;
  std::optional<std::int32_t> track_interval, detect_interval, alarm_interval;  // frames
  std::optional<double> threshold;  // 0 to 1, whichever way it was written
  std::vector<DetectInfo> detect_infos;
  std::optional<std::int32_t> in_frames, out_frames;  // Extend.InFrames, Extend.OutFrames
  bool operator==(const AlgorithmRequest&) const = default;
};

struct TaskDefinition {
  std::string task_id;
  std::string src_id;
  std::string address;  // of the video; may hold a password
  std::vector<AlgorithmRequest> algorithms;
  std::vector<std::string> report_urls;
  std::string report_policy = "round_robin";  // as in TaskRecord
  bool operator==(const TaskDefinition&) const = default;
};

// Unknown members are ignored, known ones must be right: kInvalid with the JSON path otherwise.
Result<TaskDefinition> parse_task_definition(const nlohmann::json& body);

// The TaskID of a query or delete: 1 to 200 characters without NUL.
Result<std::string> parse_task_id(const nlohmann::json& body);

}  // namespace stream::api
