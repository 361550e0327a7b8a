#include "stream/manifest/task_definition.hpp"

#include <array>
#include <limits>
#include <string_view>

#include "stream/common/encode.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/common/report_url.hpp"
#include "stream/manifest/video_source.hpp"

namespace stream::manifest {
namespace {

constexpr std::size_t kMaxTaskIdCharacters = 200;
constexpr std::size_t kMaxAlgorithms = 64;
constexpr std::size_t kMaxDetectInfos = 256;
constexpr std::size_t kMaxAreaPoints = 4096;
constexpr std::size_t kMaxReportUrls = 64;
constexpr std::size_t kMaxLabels = 64;
constexpr std::size_t kMaxTextBytes = 4096;  // of an address, a URL, a device name
constexpr std::int64_t kInt32Min = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();

constexpr std::array<std::string_view, 4> kRestarts{"on-failure", "always", "on-end", "never"};

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

void check_integer(const JsonReader& reader) {
  if (!reader.is_absent()) reader.integer(kInt32Min, kInt32Max);
}

void check_point(const JsonReader& reader) {
  reader["X"].integer(kInt32Min, kInt32Max);
  reader["Y"].integer(kInt32Min, kInt32Max);
}

void check_detect_info(const JsonReader& reader) {
  reader.expect_object();
  if (const JsonReader wire = reader["TripWire"]; !wire.is_absent()) {
    for (const char* point : {"LineStart", "LineEnd"}) check_point(wire[point]);
    const JsonReader from = wire["DirectStart"], to = wire["DirectEnd"];
    if (!from.is_absent() || !to.is_absent()) {
      check_point(from);
      check_point(to);
    }
  }
  if (const JsonReader area = reader["HotArea"]; !area.is_absent()) {
    const std::size_t points = bounded_size(area, kMaxAreaPoints);
    for (std::size_t i = 0; i < points; ++i) check_point(area[i]);
  }
}

// Whatever the mapping makes of them: what is known is right.
AlgorithmRequest read_algorithm(const JsonReader& reader) {
  AlgorithmRequest request;
  request.type = static_cast<std::int32_t>(reader["Type"].integer(kInt32Min, kInt32Max));
  for (const char* interval : {"TrackInterval", "DetectInterval", "AlarmInterval"})
    check_integer(reader[interval]);
  constexpr double kPercent = 100;
  if (const JsonReader threshold = reader["threshold"]; !threshold.is_absent()) threshold.number(0, kPercent);
  if (const JsonReader size = reader["TargetSize"]; !size.is_absent()) {
    check_integer(size["MinDetect"]);
    check_integer(size["MaxDetect"]);
  }
  if (const JsonReader infos = reader["DetectInfos"]; !infos.is_absent()) {
    const std::size_t count = bounded_size(infos, kMaxDetectInfos);
    for (std::size_t i = 0; i < count; ++i) check_detect_info(infos[i]);
  }
  // Extend may be anything; what we know of it is right.
  if (const JsonReader extend = reader["Extend"]; !extend.is_absent() && extend.raw().is_object()) {
    if (const JsonReader process = extend["Process"]; !process.is_absent())
      request.process = static_cast<ProcessUse>(process.choice({kProcessUses[0], kProcessUses[1]}));
    if (const JsonReader restart = extend["Restart"]; !restart.is_absent()) {
      request.restart =
          kRestarts.at(restart.choice({kRestarts[0], kRestarts[1], kRestarts[2], kRestarts[3]}));
    }
    if (const JsonReader loops = extend["LoopNum"]; !loops.is_absent()) {
      request.loops = static_cast<std::uint32_t>(loops.integer(0, kInt32Max));
    }
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

std::vector<std::string> read_labels(const JsonReader& reader) {
  const auto read = [](const JsonReader& one) {
    std::string label = read_text(one);
    if (label.empty()) one.complain("a label of an api-node");
    return label;
  };
  if (reader.is_absent()) return {};
  if (reader.is_string()) return {read(reader)};
  std::vector<std::string> labels;
  const std::size_t count = bounded_size(reader, kMaxLabels);
  for (std::size_t i = 0; i < count; ++i) labels.push_back(read(reader[i]));
  return labels;
}

// Of the whole task. It may be anything; what we know of it is right.
void read_extend(const JsonReader& reader, TaskDefinition& task) {
  task.is_tied = is_local_device(task.address);
  if (reader.is_absent() || !reader.raw().is_object()) return;
  task.node_labels = read_labels(reader["NodeLabel"]);
  if (const JsonReader tied = reader["Tied"]; !tied.is_absent()) task.is_tied = tied.boolean();
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
  read_extend(root["Extend"], task);
  if (error) return tl::unexpected(*error);
  task.request = body;
  return task;
}

Result<std::string> parse_task_id(const nlohmann::json& body) {
  std::optional<Error> error;
  std::string id = read_task_id(JsonReader(body, error)["TaskID"]);
  if (error) return tl::unexpected(*error);
  return id;
}

}  // namespace stream::manifest
