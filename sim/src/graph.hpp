// sophon-stream's graph of elements, reduced to what shows in the messages it posts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "filter.hpp"
#include "stream/common/result.hpp"
#include "stream/picture/jpeg.hpp"

namespace stream::sim {

// Where http_push posts.
struct PushTarget {
  std::string ip;
  std::uint16_t port = 0;
  std::string path;
  // The oldest releases (key "route", no "path") add the channel's id to the port.
  bool port_per_channel = false;
  bool operator==(const PushTarget&) const = default;
};

// What the elements between the source and http_push do, whatever their order.
struct Graph {
  int graph_id = 0;
  bool detects = false;       // yolo*: mDetectedObjectMetadatas
  bool tracks = false;        // bytetrack: + mTrackedObjectMetadatas
  bool reads_plates = false;  // lprnet: + mSubObjectMetadatas; what is detected is then plates
  bool poses = false;         // *pose*: mPosedObjectMetadatas
  bool faces = false;         // *face*: mFaceObjectMetadata
  // The detector's classes by number, as its class_names_file names them; empty: COCO's.
  std::vector<std::string> class_names;
  float threshold_conf = 0;          // detections with a lower score are dropped
  std::optional<picture::Rect> roi;  // only what lies in it is detected
  std::optional<FilterConfig> filter;
  std::optional<PushTarget> push;              // empty: no http_push can be reached; nothing is posted
  std::vector<std::string> models, libraries;  // files that the elements name
};

// Reads the engine's file and every element's file; all paths are relative to the working directory. Only
// elements that can be reached from the graph's source count. Wrong is: an id used twice (inner elements
// included), a connection to an element that does not exist, a file that is missing or of the wrong shape.
Result<std::vector<Graph>> read_graphs(const std::string& engine_config_path);

// The first of `paths` that is not there.
std::optional<std::string> missing_of(const std::vector<std::string>& paths);

}  // namespace stream::sim
