// Tasks and frames as other nodes would write them.
#pragma once

#include <string>

#include "stream/schemas/messages.hpp"

namespace stream::logic {

// One algorithm that looks for plates; seen twice: alarm, three frames without it: forgotten.
inline TaskRecord plate_task(const std::string& id) {
  TaskRecord record;
  record.task_id = id;
  record.src_id = "camera of " + id;
  record.report_urls = {"http://127.0.0.1:9/upload"};
  AlgorithmSpec spec;
  spec.type = 16;
  spec.name = "license_plate_recognition";
  spec.path_key = "key of " + id;
  spec.logic_json = R"({"object": {"from": "sub_objects", "key": "label"},
                        "rules": {"seen": {"in_frames": 2, "out_frames": 3}},
                        "event": {"crop": "sub_object",
                                  "extend": [{"name": "VehicleLicense", "from": "/label"}]}})";
  record.algorithms = {spec};
  return record;
}

// A frame in which `plate` is read. Its sequence in the ingest-node is its frame id; it has no number.
inline FrameMeta plate_frame(const std::string& task, std::int64_t frame_id, const std::string& plate) {
  FrameMeta frame;
  frame.task_id = task;
  frame.ref = {"127.0.0.1:9", 7, static_cast<std::uint64_t>(frame_id)};
  frame.frame_id = frame_id;
  frame.width = 640;
  frame.height = 480;
  frame.detections = {{{10, 20, 30, 40}, 0, "", 0.5F}};
  frame.sub_objects = {{plate, false}};
  return frame;
}

}  // namespace stream::logic
