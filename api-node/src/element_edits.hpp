// What a task changes in the configuration files of single elements. Pure: values in, values out.
//
// `config` is the whole file, an object. Errors carry the JSON path; the caller adds the file.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "algorithm_catalog.hpp"
#include "stream/common/result.hpp"
#include "task_definition.hpp"

namespace stream::api {

struct FrameTarget;

// Left-top corner inclusive, px.
struct Roi {
  std::int64_t left = 0, top = 0, width = 0, height = 0;
  bool operator==(const Roi&) const = default;
};

// The rectangle around all areas (of three corners and more) as far as it lies at non-negative coordinates;
// empty when nothing of it does.
std::optional<Roi> bounding_roi(const std::vector<DetectInfo>& infos);

// threshold -> threshold_conf, HotArea -> roi.
Status edit_detector(nlohmann::json& config, const DetectorRule& rule, const AlgorithmRequest& request);

// Areas, intervals and times of every filter of the first rule, which becomes the only one, for channel 0.
Status edit_filter(nlohmann::json& config, const std::vector<AreaSource>& sources,
                   const AlgorithmRequest& request);

// Where http_push sends its frames. Old releases read the path under "route" and add the channel's id, which
// is always 0, to the port.
void edit_http_push(nlohmann::json& config, const FrameTarget& target);

// The file of an http_push element for samples that have none.
nlohmann::json new_http_push();

}  // namespace stream::api
