#include "client_task.hpp"

#include <gmock/gmock.h>

#include <set>

#include "stream/manifest/logic_part.hpp"

namespace stream::client {
namespace {

using ::testing::HasSubstr;

class ClientTask : public ::testing::Test {
 protected:
  ClientTask() { config_.algorithms_dir = STREAM_ALGORITHMS_DIR; }

  TaskRecord record() {
    const auto made = make_task_record(config_);
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(TaskRecord{});
  }
  manifest::LogicPart logic() {
    const auto made = record();
    return made.algorithms.empty() ? manifest::LogicPart{}
                                   : *manifest::parse_logic_part(made.algorithms[0].logic_json);
  }
  std::string error() {
    const auto made = make_task_record(config_);
    return made ? "none" : made.error().message;
  }

  ClientConfig config_;
};

TEST_F(ClientTask, SaysWhatTheManifestOfItsTypeSays) {
  config_.task_id = "gate";
  config_.type = 16;
  config_.src_id = "north";
  config_.url = "['http://a/x', 'http://b/x']";
  config_.sample_interval = 5;
  const auto made = record();
  EXPECT_EQ(made.task_id, "gate");
  EXPECT_EQ(made.src_id, "north");
  EXPECT_EQ(made.report_urls, (std::vector<std::string>{"http://a/x", "http://b/x"}));
  ASSERT_FALSE(made.algorithms.empty());
  EXPECT_EQ(made.algorithms[0].name, "license_plate_recognition");
  EXPECT_EQ(made.algorithms[0].type, 16);
  EXPECT_EQ(made.algorithms[0].sample_interval, 5);
  EXPECT_EQ(logic().object,
            (manifest::ObjectSpec{manifest::ObjectList::kSubObjects, manifest::ObjectKey::kLabel}));
}

TEST_F(ClientTask, HasAKeyAndAnAlgorithmForEachCamera) {
  config_.cameras = 3;
  std::set<std::string> keys;
  for (const AlgorithmSpec& camera : record().algorithms) keys.insert(camera.path_key);
  EXPECT_EQ(keys.size(), 3U);
  ASSERT_FALSE(logic().event.extend.empty());
  EXPECT_EQ(logic().event.extend.back().name, "ChannelID");
  config_.cameras = 1;
  EXPECT_TRUE(logic().event.extend.empty()) << "there is nothing to tell apart";
}

TEST_F(ClientTask, TypeZeroIsDetectionsOfEachClass) {
  EXPECT_EQ(record().algorithms.at(0).type, 0);
  EXPECT_EQ(logic().object,
            (manifest::ObjectSpec{manifest::ObjectList::kDetections, manifest::ObjectKey::kClass}));
  EXPECT_EQ(logic().rules.seen, (manifest::SeenRule{3, 5}));
  config_.extend = R"({"InFrames": 7, "OutFrames": 2})";
  EXPECT_EQ(logic().rules.seen, (manifest::SeenRule{7, 2}));
}

TEST_F(ClientTask, ExtendOverridesTheRules) {
  config_.type = 16;
  config_.extend = R"({"InFrames": 5, "Rules": {"alarm_interval": {"frames": 100}}})";
  EXPECT_EQ(logic().rules.seen.in_frames, 5);
  ASSERT_TRUE(logic().rules.alarm_interval);
  EXPECT_EQ(logic().rules.alarm_interval->frames, 100);
}

TEST_F(ClientTask, UnknownTypeNamesTheKnownOnes) {
  config_.type = 99;
  EXPECT_THAT(error(), HasSubstr("type: found 99, expected one of 1 (tripwire)"));
  EXPECT_THAT(error(), HasSubstr("16 (license_plate_recognition)"));
}

TEST_F(ClientTask, BadFlagsAreNamed) {
  config_.extend = "[]";
  EXPECT_THAT(error(), HasSubstr("extend: found an array, expected an object"));
  config_.extend = "{";
  EXPECT_THAT(error(), HasSubstr("extend: "));
  config_.extend = R"({"InFrames": 0})";
  EXPECT_THAT(error(), HasSubstr("extend: "));
  config_.extend = R"({"Rules": {"nope": 1}})";
  EXPECT_THAT(error(), HasSubstr("extend: /Algorithm/0/Extend/Rules/nope: found an unknown member"));
  config_ = {};
  config_.task_id = "";
  EXPECT_THAT(error(), HasSubstr("task_id: "));
  config_ = {};
  config_.url = "nonsense";
  EXPECT_THAT(error(), HasSubstr("url: found \"nonsense\""));
  config_ = {};
  config_.algorithms_dir = "/no/such/folder";
  EXPECT_THAT(error(), HasSubstr("algorithms_dir: /no/such/folder"));
}

TEST(ClientListen, TakesAddressesOnly) {
  ClientConfig config;
  EXPECT_EQ(config.listen().value_or(""), "0.0.0.0:11100");
  config.host = "::1";
  EXPECT_EQ(config.listen().value_or(""), "[::1]:11100");
  config.host = "my-box";
  ASSERT_FALSE(config.listen());
  EXPECT_THAT(config.listen().error().message, HasSubstr("host: found \"my-box\", expected an IPv4"));
}

}  // namespace
}  // namespace stream::client
