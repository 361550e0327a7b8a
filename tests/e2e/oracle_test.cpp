// The recorded corpora, played through the real binaries, give exactly the alarms of the oracles.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>
#include <tuple>

#include "stream/test/shared_data.hpp"
#include "system.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;

// One alarmed object, as both sides can tell it. `key` stays empty where the report does not carry it.
struct Expected {
  std::int64_t frame = 0;
  std::string key;
  std::vector<std::int64_t> box;  // x1, y1, x2, y2
  auto operator<=>(const Expected&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Expected& e) {
  return out << "frame " << e.frame << " '" << e.key << "' " << ::testing::PrintToString(e.box);
}

struct Corpus {
  std::string name;           // of the file and its oracle
  int type;                   // application-web's algorithm number
  std::string oracle_suffix;  // ".byframeid" where frames are missing
  bool has_key;               // the report's Extend tells the key
};

const std::vector<Corpus> kCorpora = {
    {"license_plate", 16, "", true},
    {"tripwire", 1, "", false},
    {"license_area", 2, ".byframeid", true},
    {"yolov5", 3, "", false},
};

struct Case {
  std::string size;
  int detect_interval;
  int in_frames, out_frames;
  int logic_nodes, reporter_nodes;
};

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  const Case& c = info.param;
  return "S" + c.size + "N" + std::to_string(c.in_frames) + "M" + std::to_string(c.out_frames) + "Logic" +
         std::to_string(c.logic_nodes) + "Reporter" + std::to_string(c.reporter_nodes);
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

double lines_in(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return static_cast<double>(
      std::count(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>(), '\n'));
}

class Oracles : public ::testing::TestWithParam<Case> {};

TEST_P(Oracles, FourTasksAtOnceGiveExactlyTheExpectedAlarms) {
  const Case& c = GetParam();
  const auto shared = test::shared_dir();
  const auto frames = test::assembled_frames();
  if (!shared || !frames) GTEST_SKIP() << "the recorded frames are not here: " << frames.error().message;

  SystemOptions options;
  options.logic_nodes = c.logic_nodes;
  options.reporter_nodes = c.reporter_nodes;
  System system(options);
  std::vector<std::string> ids;
  double total = 0;
  for (const Corpus& corpus : kCorpora) {
    const std::filesystem::path file = *frames / (corpus.name + "_" + c.size + ".ndjson");
    json task =
        system.task("任务 " + corpus.name, corpus.type, file.string() + "?lossless=1", c.detect_interval);
    task["Algorithm"][0]["Extend"] = {{"InFrames", c.in_frames}, {"OutFrames", c.out_frames}};
    const json answer = system.api("/task/create", task);
    ASSERT_EQ(answer["Code"], 0) << answer;
    ids.push_back(task["TaskID"]);
    total += lines_in(file);
  }
  system.wait_until_done(ids, total);

  const auto alarms = system.alarms();
  for (std::size_t i = 0; i < kCorpora.size(); ++i) {
    const Corpus& corpus = kCorpora[i];
    const std::string oracle = corpus.name + "_" + c.size + ".n" + std::to_string(c.in_frames) + "_m" +
                               std::to_string(c.out_frames) + corpus.oracle_suffix + ".json";
    const auto expected = read_oracle(*shared / "frames" / "oracle" / oracle, corpus.has_key);
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(received(alarms, ids[i], corpus.has_key), expected) << oracle;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Oracles,
                         ::testing::Values(Case{"768x576", 1, 3, 5, 1, 1}, Case{"768x576", 1, 1, 1000, 1, 1},
                                           Case{"768x576", 1, 5, 2, 1, 1}, Case{"1920x1080", 3, 3, 5, 1, 1},
                                           Case{"1920x1080", 3, 1, 1000, 1, 1},
                                           Case{"1920x1080", 3, 5, 2, 1, 1}, Case{"768x576", 1, 3, 5, 2, 2},
                                           Case{"1920x1080", 3, 3, 5, 2, 2}),
                         name_of);

}  // namespace
}  // namespace stream::e2e
