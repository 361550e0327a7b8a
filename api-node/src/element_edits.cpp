#include "element_edits.hpp"

#include <algorithm>

#include "json_reader.hpp"
#include "stream_config.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

constexpr std::size_t kMinCorners = 3;

json area_point(const Point& point) {
  return {{"left", point.x}, {"top", point.y}};
}

std::vector<json> trip_wires(const AlgorithmRequest& request) {
  std::vector<json> lines;
  for (const DetectInfo& info : request.detect_infos) {
    if (!info.trip_wire.is_set()) continue;
    lines.push_back(json::array({area_point(info.trip_wire.start), area_point(info.trip_wire.end)}));
  }
  return lines;
}

std::vector<json> hot_areas(const AlgorithmRequest& request) {
  std::vector<json> areas;
  for (const DetectInfo& info : request.detect_infos) {
    if (info.hot_area.size() < kMinCorners) continue;
    json corners = json::array();
    for (const Point& corner : info.hot_area) {
      corners.push_back(
          area_point({std::max<std::int64_t>(corner.x, 0), std::max<std::int64_t>(corner.y, 0)}));
    }
    areas.push_back(std::move(corners));
  }
  return areas;
}

// An element `filter` lets nothing through when it has no area at all, and everything when it has an area
// without corners.
json filter_areas(const std::vector<AreaSource>& sources, const AlgorithmRequest& request) {
  for (const AreaSource source : sources) {
    std::vector<json> areas = source == AreaSource::kTripWire ? trip_wires(request) : hot_areas(request);
    if (!areas.empty()) return json(std::move(areas));
  }
  return json::array({json::array()});
}

void fill_filter(json& filter, const json& areas, const AlgorithmRequest& request) {
  // The README of the filter says alert_first_frames; what is read is alert_first_frame.
  filter.erase("alert_first_frames");
  if (request.track_interval) filter["alert_first_frame"] = std::max(*request.track_interval, 0);
  // The filter divides by it, so 0 (which application-web sends) would end the process.
  if (request.alarm_interval) filter["alert_frame_skip_nums"] = std::max(*request.alarm_interval, 1);
  filter["areas"] = areas;
  // "23 59 59" is read wrongly and costs seconds of every day.
  filter["times"] = json::array({{{"time_start", "00:00:00"}, {"time_end", "24:00:00"}}});
}

}  // namespace

std::optional<Roi> bounding_roi(const std::vector<DetectInfo>& infos) {
  bool found = false;
  Point low, high;
  for (const DetectInfo& info : infos) {
    if (info.hot_area.size() < kMinCorners) continue;
    for (const Point& corner : info.hot_area) {
      low = found ? Point{std::min(low.x, corner.x), std::min(low.y, corner.y)} : corner;
      high = found ? Point{std::max(high.x, corner.x), std::max(high.y, corner.y)} : corner;
      found = true;
    }
  }
  low = {std::max<std::int64_t>(low.x, 0), std::max<std::int64_t>(low.y, 0)};
  if (!found || high.x <= low.x || high.y <= low.y) return std::nullopt;
  return Roi{low.x, low.y, high.x - low.x, high.y - low.y};
}

Status edit_detector(json& config, const DetectorRule& rule, const AlgorithmRequest& request) {
  std::optional<Error> error;
  JsonReader(config, error)["configure"].expect_object();
  if (error) return tl::unexpected(*error);
  json& configure = config["configure"];
  if (request.threshold && (rule.threshold_conf || configure.contains("threshold_conf"))) {
    configure["threshold_conf"] = *request.threshold;
  }
  const auto roi = bounding_roi(request.detect_infos);
  if (roi && (rule.roi || configure.contains("roi"))) {
    configure["roi"] = {
        {"left", roi->left}, {"top", roi->top}, {"width", roi->width}, {"height", roi->height}};
  } else {
    configure.erase("roi");  // the sample's, which belongs to the sample's video
  }
  return {};
}

Status edit_filter(json& config, const std::vector<AreaSource>& sources, const AlgorithmRequest& request) {
  std::optional<Error> error;
  const JsonReader rules = JsonReader(config, error)["configure"]["rules"];
  if (rules.size() == 0) rules.complain("at least one rule");
  if (!error) {
    const JsonReader filters = rules[std::size_t{0}]["filters"];
    const std::size_t count = filters.size();
    if (count == 0) filters.complain("at least one filter");
    for (std::size_t i = 0; i < count; ++i) filters[i].expect_object();
  }
  if (error) return tl::unexpected(*error);

  json rule = config["configure"]["rules"][0];
  rule["channel_id"] = 0;
  const json areas = filter_areas(sources, request);
  for (json& filter : rule["filters"]) fill_filter(filter, areas, request);
  config["configure"]["rules"] = json::array({std::move(rule)});
  return {};
}

void edit_http_push(json& config, const FrameTarget& target) {
  const std::string path = "/frames/in/" + target.path_key;
  config["configure"] = {{"ip", target.ip}, {"port", target.port}, {"path", path}, {"route", path}};
}

json new_http_push() {
  return {{"configure", json::object()},
          {"shared_object", "../../build/lib/libhttp_push.so"},
          {"name", "http_push"},
          {"side", "sophgo"},
          {"thread_number", 1}};
}

}  // namespace stream::api
