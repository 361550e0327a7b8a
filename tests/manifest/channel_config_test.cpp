#include "stream/manifest/channel_config.hpp"

#include <gtest/gtest.h>

#include "sample_tree.hpp"
#include "stream/common/json_reader.hpp"

namespace stream::manifest {
namespace {

using nlohmann::json;

// A task of an algorithm whose threshold goes to the detector and whose interval to the camera.
struct Wish {
  std::string address = "rtsp://u:secret@camera/1";
  int interval = 3;
  double threshold = 0.5;
  std::string source_type = "RTSP";
  std::uint32_t max_channels = 4;
};

class SharedStreamConfig : public ::testing::Test {
 protected:
  SharedStreamConfig() { tree_.add_with_http_push(); }

  StreamConfig config_for(const Wish& wish) {
    const auto algorithm = read_algorithm("/algorithms/helmet", json::parse(R"({
      "name": "helmet", "title": "helmets", "types": [3], "stream": {"sample": "pushing", "process": "shared"},
      "files": {"detector": {"elements": ["yolox"]}},
      "mapping": [
        {"from": "/Algorithm/DetectInterval", "to": "demo", "at": "/channels/*/sample_interval"},
        {"from": "/Algorithm/threshold", "to": "detector", "at": "/configure/threshold_conf"}],
      "object": {"from": "detections", "key": "class"}, "rules": {}, "event": {}})"));
    EXPECT_TRUE(algorithm) << algorithm.error().message;
    const auto task = parse_task_definition(
        {{"TaskID", "one"},
         {"InputSrc", {{"SrcID", "cam"}, {"StreamSrc", {{"Address", wish.address}}}}},
         {"Algorithm", {{{"Type", 3}, {"DetectInterval", wish.interval}, {"threshold", wish.threshold}}}},
         {"Reporting", {{"ReportUrlList", {"http://127.0.0.1:9/upload"}}}}});
    EXPECT_TRUE(task) << task.error().message;
    auto config = make_stream_config({Installation(tree_.root()),
                                      *algorithm,
                                      *task,
                                      0,
                                      wish.source_type,
                                      {"10.0.0.7", 10001, "abc123"},
                                      40000,
                                      "/data/shared/x/config",
                                      wish.max_channels});
    EXPECT_TRUE(config) << config.error().message;
    return *std::move(config);
  }
  void change_sample(const std::function<void(json& channel)>& change) {
    const auto path = tree_.config("pushing") / "pushing_demo.json";
    json demo = read_json_file(path).value();
    change(demo["channels"][0]);
    tree_.write_json(path, demo);
  }

  test::SampleTree tree_;
};

TEST_F(SharedStreamConfig, ElementsWithAThreadForEachChannelHaveEnough) {
  const StreamConfig config = config_for({.max_channels = 6});
  for (const char* file : {"http_push.json", "bytetrack.json", "osd.json"}) {
    EXPECT_EQ(config.files.at(file)["thread_number"], 6) << file;
  }
  EXPECT_EQ(config.files.at("yolox_group.json")["thread_number"], 4);
  EXPECT_EQ(config.files.at("decode.json")["thread_number"], 4);
  // None is taken away.
  EXPECT_EQ(config_for({.max_channels = 2}).files.at("osd.json")["thread_number"], 4);
}

TEST_F(SharedStreamConfig, EachChannelHasTheRulesOfTheOne) {
  const json alone = config_for({.max_channels = 1}).files.at("filter.json")["configure"]["rules"];
  ASSERT_EQ(alone.size(), 1U);
  const json rules = config_for({.max_channels = 3}).files.at("filter.json")["configure"]["rules"];
  ASSERT_EQ(rules.size(), 3U);
  for (std::size_t id = 0; id < 3; ++id) {
    EXPECT_EQ(rules[id]["channel_id"], id);
    EXPECT_EQ(rules[id]["filters"], alone[0]["filters"]);
  }
}

TEST_F(SharedStreamConfig, AProcessCanBeToldOfAChannel) {
  const ChannelConfig channel = channel_config(config_for({}), 2).value();
  EXPECT_EQ(add_channel_body(channel), (json{{"channel_id", 2},
                                             {"url", "rtsp://u:secret@camera/1"},
                                             {"source_type", "RTSP"},
                                             {"sample_interval", 3},
                                             {"loop_num", 1},
                                             {"fps", -1},
                                             {"graph_id", 0}}));
  EXPECT_EQ(stop_channel_body(channel), (json{{"channel_id", 2}, {"graph_id", 0}}));
}

TEST_F(SharedStreamConfig, WhatAProcessWouldAssumeOtherwiseIsSaid) {
  change_sample([](json& channel) {
    channel.erase("fps");
    channel.erase("loop_num");
    channel["decode_id"] = 1;
    channel["skip_element"] = json::array();
  });
  const ChannelConfig channel = channel_config(config_for({}), 0).value();
  const json body = add_channel_body(channel);
  EXPECT_EQ(body["fps"], 25);
  EXPECT_EQ(body["loop_num"], 1);
  EXPECT_EQ(body["decode_id"], 1);
  EXPECT_FALSE(body.contains("skip_element"));
  EXPECT_EQ(stop_channel_body(channel)["decode_id"], 1);
}

TEST_F(SharedStreamConfig, WhatAProcessCannotBeToldIsRefused) {
  change_sample([](json& channel) { channel["skip_element"] = {5004}; });
  const auto channel = channel_config(config_for({}), 1);
  ASSERT_FALSE(channel);
  EXPECT_EQ(channel.error().message,
            "pushing_demo.json: /channels/0/skip_element: found an array, expected none in a stream process "
            "that several cameras share");
}

TEST_F(SharedStreamConfig, ChannelsAreWrittenTogether) {
  StreamConfig config = config_for({});
  const ChannelConfig one = channel_config(config, 1).value();
  const ChannelConfig two =
      channel_config(config_for({.address = "rtsp://camera/2", .interval = 5}), 2).value();
  set_channels(config, {one, two});
  const json& channels = config.files.at(config.demo_file)["channels"];
  ASSERT_EQ(channels.size(), 2U);
  EXPECT_EQ(channels[0], one.entry);
  EXPECT_EQ(channels[1]["channel_id"], 2);
  EXPECT_EQ(channels[1]["url"], "rtsp://camera/2");
  EXPECT_EQ(channels[1]["sample_interval"], 5);
}

TEST_F(SharedStreamConfig, OnlyWhatIsNotTheCamerasOwnMustBeTheSame) {
  const std::uint64_t usual = shared_part(config_for({}));
  EXPECT_EQ(shared_part(config_for({.address = "rtsp://camera/2", .interval = 5})), usual);
  EXPECT_NE(shared_part(config_for({.threshold = 0.6})), usual);
  EXPECT_NE(shared_part(config_for({.source_type = "RTMP"})), usual);
  EXPECT_NE(shared_part(config_for({.max_channels = 5})), usual);
}

}  // namespace
}  // namespace stream::manifest
