#include "algorithm_catalog.hpp"

#include <charconv>
#include <limits>

#include "json_reader.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

// A name that becomes a part of a path.
std::string read_file_name(const JsonReader& reader) {
  std::string name = reader.string();
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    reader.complain("the name of a file or folder");
  }
  return name;
}

DetectorRule read_detector(const JsonReader& reader) {
  reader.expect_only({"element", "threshold_conf", "roi"});
  DetectorRule rule;
  rule.element = reader["element"].string();
  if (const JsonReader flag = reader["threshold_conf"]; !flag.is_missing())
    rule.threshold_conf = flag.boolean();
  if (const JsonReader flag = reader["roi"]; !flag.is_missing()) rule.roi = flag.boolean();
  return rule;
}

AreaSource read_area_source(const JsonReader& reader) {
  const std::string& source = reader.string();
  if (source == "trip_wire") return AreaSource::kTripWire;
  if (source != "hot_area") reader.complain("\"trip_wire\" or \"hot_area\"");
  return AreaSource::kHotArea;
}

AlgorithmManifest read_manifest(const JsonReader& root, const std::string& name) {
  root.expect_only(
      {"name", "title", "sample", "demo", "detectors", "filter_areas", "in_frames", "out_frames", "logic"});
  AlgorithmManifest manifest;
  manifest.name = root["name"].string();
  if (manifest.name != name) root["name"].complain(fmt::format("\"{}\", the folder's name", name));
  manifest.title = root["title"].string();
  manifest.sample = read_file_name(root["sample"]);
  const JsonReader demo = root["demo"];
  manifest.demo = demo.is_missing() ? manifest.sample + "_demo.json" : read_file_name(demo);
  const JsonReader detectors = root["detectors"];
  for (std::size_t i = 0, count = detectors.size(); i < count; ++i) {
    manifest.detectors.push_back(read_detector(detectors[i]));
  }
  if (const JsonReader areas = root["filter_areas"]; !areas.is_missing()) {
    for (std::size_t i = 0, count = areas.size(); i < count; ++i) {
      manifest.filter_areas.push_back(read_area_source(areas[i]));
    }
  }
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  manifest.in_frames = static_cast<std::int32_t>(root["in_frames"].integer(1, kMost));
  manifest.out_frames = static_cast<std::int32_t>(root["out_frames"].integer(1, kMost));
  const JsonReader logic = root["logic"];
  logic.expect_object();
  if (!logic.is_missing()) manifest.logic_json = logic.raw().dump();
  return manifest;
}

Result<AlgorithmManifest> load_manifest(const fs::path& folder, const std::string& name) {
  const std::string file = folder / name / "algorithm.json";
  const auto document = read_json_file(file);
  if (!document) return tl::unexpected(document.error());
  std::optional<Error> error;
  AlgorithmManifest manifest = read_manifest(JsonReader(*document, error), name);
  if (error) return tl::unexpected(std::move(*error).within(file));
  return manifest;
}

std::optional<std::int32_t> type_number(std::string_view text) {
  std::int32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<AlgorithmCatalog> load_algorithm_catalog(const fs::path& folder) {
  const std::string file = folder / "types.json";
  const auto document = read_json_file(file);
  if (!document) return tl::unexpected(document.error());
  std::optional<Error> error;
  const JsonReader root(*document, error);
  root.expect_object();
  AlgorithmCatalog catalog;
  if (!error) {
    for (const auto& [key, value] : document->items()) {
      const auto type = type_number(key);
      if (!type) root[key].complain("a member that is no number", "type numbers as names");
      const std::string name = read_file_name(root[key]);
      if (error) break;
      auto manifest = load_manifest(folder, name);
      if (!manifest) return tl::unexpected(manifest.error());
      catalog.emplace(*type, std::move(*manifest));
    }
  }
  if (error) return tl::unexpected(std::move(*error).within(file));
  return catalog;
}

}  // namespace stream::api
