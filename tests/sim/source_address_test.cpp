#include "source_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "stream/test/temporary_folder.hpp"

namespace stream::sim {
namespace {

using ::testing::HasSubstr;
using Kind = SourceAddress::Kind;

class SourceAddressTest : public ::testing::Test {
 protected:
  std::string touch(const std::string& name) {
    const auto path = folder_.path() / name;
    std::ofstream(path) << "x";
    return path;
  }

  static Result<SourceAddress> read(const std::string& url, SourceType type = SourceType::kVideo) {
    ChannelConfig channel;
    channel.url = url;
    channel.source_type = type;
    return read_address(channel);
  }

  test::TemporaryFolder folder_;
};

TEST_F(SourceAddressTest, EndingAndExistenceSayWhatItIs) {
  EXPECT_EQ(read(touch("a.ndjson"))->kind, Kind::kRecording);
  EXPECT_EQ(read(touch("a.mp4"))->kind, Kind::kVideo);
  EXPECT_EQ(read("/nowhere/a.mp4")->kind, Kind::kStreet);
  EXPECT_EQ(read("street.mp4")->kind, Kind::kStreet);
  EXPECT_EQ(read("rtsp://nowhere/?a=b", SourceType::kRtsp)->kind, Kind::kVideo);
}

TEST_F(SourceAddressTest, OptionsFollowAQuestionMark) {
  const auto path = touch("a.ndjson");
  const auto address = read(path + "?lossless=1&fps=12.5");
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(address->location, path);
  EXPECT_TRUE(address->lossless);
  EXPECT_EQ(address->fps, 12.5);
  const auto street = read("/no/street?seed=7&size=640x360&seconds=2");
  ASSERT_TRUE(street) << street.error().message;
  EXPECT_EQ(street->seed, 7U);
  EXPECT_EQ(street->size, (picture::Size{640, 360}));
  EXPECT_EQ(street->seconds, 2);
}

TEST_F(SourceAddressTest, FileWithAQuestionMarkInItsNameIsThatFile) {
  const auto path = touch("a?lossless=1.mp4");
  const auto address = read(path);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->location, path);
  EXPECT_FALSE(address->lossless);
}

TEST_F(SourceAddressTest, LiveSourcesHaveNoOptions) {
  const auto address = read("rtsp://user:pass@cam/x?fps=abc", SourceType::kRtsp);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->location, "rtsp://user:pass@cam/x?fps=abc");
}

TEST_F(SourceAddressTest, BadOptionsAreNamed) {
  for (const std::string bad :
       {"fps=0", "fps=abc", "lossless=yes", "size=640", "size=1x1", "speed=2", "seed=-1", "exit=256",
        "signal=HUP", "hang=2", "report=a b", "children=1000", "gone_after=-1", "gone_while="}) {
    const auto address = read("/no/street?" + bad);
    ASSERT_FALSE(address) << bad;
    EXPECT_THAT(address.error().message, HasSubstr("found \"" + bad + "\""));
  }
}

TEST_F(SourceAddressTest, CameraThatCannotExistIsDrawn) {
  const auto address =
      read("rtsp://user:p@ss@street.invalid:554/1?gone_after=10&back_after=2.5&fps=5", SourceType::kRtsp);
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(address->kind, Kind::kStreet);
  EXPECT_EQ(address->outage, (CameraOutage{10, 2.5}));
  EXPECT_EQ(address->fps, 5);
  EXPECT_EQ(read("rtsp://street.invalid/1?gone_while=/run/unplugged", SourceType::kRtsp)->outage.gone_while,
            "/run/unplugged");
  EXPECT_EQ(read("rtsp://street.invalid.example/1?x", SourceType::kRtsp)->kind, Kind::kVideo);
  EXPECT_EQ(read("rtsp://cam/street.invalid?x", SourceType::kRtsp)->kind, Kind::kVideo);
}

TEST_F(SourceAddressTest, MisbehaviourIsAskedForByOptions) {
  const auto address = read(
      "/no/street?ignore_term=1&children=2&strays=1&after=25&signal=SEGV&hang=1&flood=9&leak=8&leak_most=7&"
      "eat_descriptors=1&report=CHANNEL_DATA_PIPE_FULL");
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(address->misbehaviour, (Misbehaviour{.ignores_term = true,
                                                 .children = 2,
                                                 .strays = 1,
                                                 .after = 25,
                                                 .exit_code = {},
                                                 .signal = SIGSEGV,
                                                 .hangs = true,
                                                 .flood_lines_s = 9,
                                                 .leak_mib_s = 8,
                                                 .leak_most_mib = 7,
                                                 .eats_descriptors = true,
                                                 .report = "CHANNEL_DATA_PIPE_FULL"}));
  EXPECT_EQ(read("/no/street?exit=3")->misbehaviour.exit_code, 3);
}

TEST_F(SourceAddressTest, MissingRecordingIsNotReplacedByAStreet) {
  const auto address = read("/nowhere/a.ndjson?lossless=1");
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace stream::sim
