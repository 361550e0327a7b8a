#include "oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

namespace stream::e2e {

using nlohmann::json;

const std::vector<Corpus> kCorpora = {
    {"license_plate", 16, "", true},
    {"tripwire", 1, "", false},
    {"license_area", 2, ".byframeid", true},
    {"yolov5", 3, "", false},
};

std::ostream& operator<<(std::ostream& out, const Expected& e) {
  return out << "frame " << e.frame << " '" << e.key << "' " << ::testing::PrintToString(e.box);
}

std::vector<Expected> read_oracle(const std::filesystem::path& file, bool has_key) {
  std::ifstream in(file);
  EXPECT_TRUE(in) << file;
  std::vector<Expected> out;
  for (const json& row : json::parse(in)) {
    out.push_back({row["frame_id"], has_key ? row["key"].get<std::string>() : "",
                   row["box"].get<std::vector<std::int64_t>>()});
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Expected> received(const std::vector<receiver::ReceivedAlarm>& alarms, const std::string& task,
                               bool has_key) {
  std::vector<Expected> out;
  for (const receiver::ReceivedAlarm& alarm : alarms) {
    if (alarm.task_id != task) continue;
    EXPECT_EQ(alarm.dropped_events, 0U) << "an event without a good picture";
    for (const receiver::ReceivedEvent& event : alarm.events) {
      const std::string key =
          has_key ? json::parse(event.extend_json).value("VehicleLicense", "no VehicleLicense")
                  : std::string();
      out.push_back(
          {alarm.frame_index,
           key,
           {event.box.left_top_x, event.box.left_top_y, event.box.right_btm_x, event.box.right_btm_y}});
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace stream::e2e
