// The algorithms this installation knows, read from data: <dir>/types.json maps application-web's numbers to
// names, <dir>/<name>/algorithm.json says how each is configured and judged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::api {

// Elements of the sample's graph that look for objects. Their configuration takes the task's threshold as
// threshold_conf and its HotArea as roi: where the sample has that key anyway, and where it is said here.
struct DetectorRule {
  std::string element;  // the "name" in the element's configuration, with or without "_group"
  bool threshold_conf = false;
  bool roi = false;
  bool operator==(const DetectorRule&) const = default;
};

enum class AreaSource { kTripWire, kHotArea };

// One algorithm.json.
struct AlgorithmManifest {
  std::string name;
  std::string title;   // for people
  std::string sample;  // folder in the installation's samples/
  std::string demo;    // demo file in that folder's config/
  std::vector<DetectorRule> detectors;
  // What a `filter` element's areas are made of: the first of these that the task has.
  std::vector<AreaSource> filter_areas;
  std::int32_t in_frames = 3, out_frames = 5;
  std::string logic_json;  // the "logic" object as it stands, for the logic-node
  bool operator==(const AlgorithmManifest&) const = default;
};

// By type number.
using AlgorithmCatalog = std::map<std::int32_t, AlgorithmManifest>;

// Strict: unknown members, wrong types and missing files are errors that name file and JSON path.
Result<AlgorithmCatalog> load_algorithm_catalog(const std::filesystem::path& folder);

}  // namespace stream::api
