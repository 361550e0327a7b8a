#include "task_definition.hpp"

#include <limits>

#include "json_reader.hpp"
#include "stream/common/encode.hpp"
#include "stream/common/report_url.hpp"

namespace stream::api {
namespace {

constexpr std::size_t kMaxTaskIdCharacters = 200;
constexpr std::size_t kMaxAlgorithms = 64;
constexpr std::size_t kMaxDetectInfos = 256;
constexpr std::size_t kMaxAreaPoints = 4096;
constexpr std::size_t kMaxReportUrls = 64;
constexpr std::size_t kMaxTextBytes = 4096;  // of an address, a URL, a device name
constexpr std::int64_t kInt32Min = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();

std::string read_text(const JsonReader& reader) {
  const std::string& text = reader.string();
  if (text.size() > kMaxTextBytes) reader.complain(fmt::format("at most {} bytes", kMaxTextBytes));
  if (text.find('\0') != std::string::npos) reader.complain("a string with a NUL", "one without");
  return text;
}

std::string read_task_id(const JsonReader& reader) {
  const std::string& id = reader.string();
  if (id.find('\0') != std::string::npos) reader.complain("a string with a NUL", "one without");
  const std::size_t characters = count_code_points(id);
  if (characters == 0 || characters > kMaxTaskIdCharacters) {
    reader.complain(characters == 0 ? "an empty string" : fmt::format("{} characters", characters),
                    fmt::format("1 to {} characters", kMaxTaskIdCharacters));
  }
  return id;
}

std::size_t bounded_size(const JsonReader& array, std::size_t most) {
  const std::size_t size = array.size();
  if (size <= most) return size;
  array.complain(fmt::format("{} elements", size), fmt::format("at most {}", most));
  return 0;
}

std::optional<std::int32_t> read_optional(const JsonReader& reader, std::int64_t min) {
  if (reader.is_absent()) return std::nullopt;
  return static_cast<std::int32_t>(reader.integer(min, kInt32Max));
}

// In (0, 1] it is a fraction, above 1 a percentage.
std::optional<double> read_threshold(const JsonReader& reader) {
  if (reader.is_absent()) return std::nullopt;
  const double value = reader.number(0, 100);
  return value > 1 ? value / 100 : value;
}

Point read_point(const JsonReader& reader) {
  return {reader["X"].integer(kInt32Min, kInt32Max), reader["Y"].integer(kInt32Min, kInt32Max)};
}

DetectInfo read_detect_info(const JsonReader& reader) {
  DetectInfo info;
  reader.expect_object();
  if (const JsonReader wire = reader["TripWire"]; !wire.is_absent()) {
    info.trip_wire = {read_point(wire["LineStart"]), read_point(wire["LineEnd"])};
    for (const char* end : {"DirectStart", "DirectEnd"}) {
      if (const JsonReader direction = wire[end]; !direction.is_absent()) read_point(direction);
    }
  }
  if (const JsonReader area = reader["HotArea"]; !area.is_absent()) {
    const std::size_t points = bounded_size(area, kMaxAreaPoints);
    for (std::size_t i = 0; i < points; ++i) info.hot_area.push_back(read_point(area[i]));
  }
  return info;
}

AlgorithmRequest read_algorithm(const JsonReader& reader) {
  AlgorithmRequest request;
  request.type = static_cast<std::int32_t>(reader["Type"].integer(kInt32Min, kInt32Max));
  request.track_interval = read_optional(reader["TrackInterval"], kInt32Min);
  request.detect_interval = read_optional(reader["DetectInterval"], kInt32Min);
  request.alarm_interval = read_optional(reader["AlarmInterval"], kInt32Min);
  request.threshold = read_threshold(reader["threshold"]);
  if (const JsonReader size = reader["TargetSize"]; !size.is_absent()) {
    read_optional(size["MinDetect"], kInt32Min);
    read_optional(size["MaxDetect"], kInt32Min);
  }
  if (const JsonReader infos = reader["DetectInfos"]; !infos.is_absent()) {
    const std::size_t count = bounded_size(infos, kMaxDetectInfos);
    for (std::size_t i = 0; i < count; ++i) request.detect_infos.push_back(read_detect_info(infos[i]));
  }
  // Extend may be any JSON; only an object can hold what we look for.
  if (const JsonReader extend = reader["Extend"]; !extend.is_absent() && extend.raw().is_object()) {
    request.in_frames = read_optional(extend["InFrames"], 1);
    request.out_frames = read_optional(extend["OutFrames"], 1);
  }
  return request;
}

std::string read_report_url(const JsonReader& reader) {
  std::string url = read_text(reader);
  // What the reporter cannot use must not look like success here.
  if (!parse_report_url(url)) {
    reader.complain("an http:// or https:// URL with a host, other characters percent-encoded (RFC 3986)");
  }
  return url;
}

// application-web sends an array; the interface's description says string, so that is taken as well.
std::vector<std::string> read_report_urls(const JsonReader& reader) {
  if (reader.is_string() && !reader.string().empty()) return {read_report_url(reader)};
  if (reader.is_absent() || reader.is_string() || (reader.raw().is_array() && reader.raw().empty())) {
    reader.complain("no URL", "at least one URL to report alarms to");
    return {};
  }
  std::vector<std::string> urls;
  const std::size_t count = bounded_size(reader, kMaxReportUrls);
  for (std::size_t i = 0; i < count; ++i) urls.push_back(read_report_url(reader[i]));
  return urls;
}

std::string read_report_policy(const JsonReader& reader) {
  if (reader.is_absent()) return TaskDefinition{}.report_policy;
  std::string policy = reader.string();
  if (policy != "round_robin" && policy != "failover" && policy != "all") {
    reader.complain("round_robin, failover or all");
  }
  return policy;
}

}  // namespace

Result<TaskDefinition> parse_task_definition(const nlohmann::json& body) {
  std::optional<Error> error;
  const JsonReader root(body, error);
  TaskDefinition task;
  task.task_id = read_task_id(root["TaskID"]);
  task.src_id = read_text(root["InputSrc"]["SrcID"]);
  const JsonReader address = root["InputSrc"]["StreamSrc"]["Address"];
  task.address = read_text(address);
  if (task.address.empty()) address.complain("an address");
  const JsonReader algorithms = root["Algorithm"];
  const std::size_t count = bounded_size(algorithms, kMaxAlgorithms);
  if (count == 0) algorithms.complain("an empty array", "at least one algorithm");
  for (std::size_t i = 0; i < count; ++i) task.algorithms.push_back(read_algorithm(algorithms[i]));
  task.report_urls = read_report_urls(root["Reporting"]["ReportUrlList"]);
  task.report_policy = read_report_policy(root["Reporting"]["Policy"]);
  if (error) return tl::unexpected(*error);
  return task;
}

Result<std::string> parse_task_id(const nlohmann::json& body) {
  std::optional<Error> error;
  std::string id = read_task_id(JsonReader(body, error)["TaskID"]);
  if (error) return tl::unexpected(*error);
  return id;
}

}  // namespace stream::api
