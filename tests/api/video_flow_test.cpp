#include "video_flow.hpp"

#include <gtest/gtest.h>

#include "fps_line.hpp"

namespace stream::api {
namespace {

using namespace std::chrono_literals;

TEST(FpsLine, IsFoundInTheLogOfAStreamProcess) {
  EXPECT_EQ(parse_fps_line("[channel_0] tmp_fps: 25.0, avg_fps: 24.9"), (FpsLine{false, 0, 25.0}));
  EXPECT_EQ(parse_fps_line("2024-01-01 [info] [channel_12] tmp_fps: 0.5, avg_fps: 3"),
            (FpsLine{false, 12, 0.5}));
  EXPECT_EQ(parse_fps_line("[info] [profiler.cc:38] [fps_decode_3] tmp_fps: 25.01, avg_fps: 24.9"),
            (FpsLine{true, 3, 25.01}));
}

TEST(FpsLine, OtherLinesAreNone) {
  for (const char* line : {"", "[channel_0]", "[channel_0] avg_fps: 3", "[channel_0] tmp_fps: x, avg_fps: 3",
                           "[channel_-1] tmp_fps: 3, avg_fps: 3", "[channel_0] tmp_fps: -3, avg_fps: 3",
                           "[channel_0] tmp_fps: nan, avg_fps: 3", "[channel_0] tmp_fps: inf, avg_fps: 3",
                           "[channel_99999999999] tmp_fps: 3, avg_fps: 3", "tmp_fps: 3, avg_fps: 3",
                           "[channel_0 tmp_fps: 3, avg_fps: 3", "[channel_0] tmp_fps: 3"}) {
    EXPECT_EQ(parse_fps_line(line), std::nullopt) << line;
  }
}

class Flow : public ::testing::Test {
 protected:
  void count(std::uint64_t taken, std::uint64_t refused = 0, std::uint64_t waiting = 0,
             std::uint64_t boot = 1) {
    flow_.on_count(now_, {boot, taken, refused, waiting, 0, false});
  }

  void line(double fps, bool decoded = false) { flow_.on_fps_line(now_, {decoded, 0, fps}); }

  VideoFlow::TimePoint now_{1000s};
  VideoFlow flow_{now_};
};

TEST_F(Flow, FramesThatAreTakenAreASignOfLife) {
  EXPECT_EQ(flow_.last_video(), std::nullopt);
  count(7);
  EXPECT_EQ(flow_.last_video(), std::nullopt) << "they were counted before";
  now_ += 1s;
  count(8);
  const auto sign = now_;
  EXPECT_EQ(flow_.last_video(), sign);
  now_ += 1s;
  count(8);
  EXPECT_EQ(flow_.last_video(), sign);
}

TEST_F(Flow, IngestNodeThatStartsAgainCountsAnew) {
  count(1000);
  now_ += 1s;
  count(0, 0, 0, 2);
  EXPECT_EQ(flow_.last_video(), std::nullopt);
  now_ += 1s;
  count(5, 0, 0, 2);
  EXPECT_EQ(flow_.last_video(), now_);
  EXPECT_DOUBLE_EQ(flow_.fps_posted(now_), 5);
}

TEST_F(Flow, SmallerCountIsThatOfAnotherLife) {
  count(1000);
  now_ += 1s;
  count(3);
  EXPECT_DOUBLE_EQ(flow_.fps_posted(now_), 0) << "one count alone tells no speed";
  now_ += 1s;
  count(13);
  EXPECT_DOUBLE_EQ(flow_.fps_posted(now_), 10);
}

TEST_F(Flow, LineAboutTheSpeedIsASignOfLifeUnlessItIsNought) {
  line(0);
  EXPECT_EQ(flow_.last_video(), std::nullopt);
  line(0.1);
  EXPECT_EQ(flow_.last_video(), now_);
}

TEST_F(Flow, PostedFramesAreOverTheLastTenSeconds) {
  for (std::uint64_t i = 0; i <= 60; ++i, now_ += 1s) count(i < 30 ? i * 25 : 30 * 25 + (i - 30) * 5);
  EXPECT_NEAR(flow_.fps_posted(now_), 5, 0.01);
  now_ += 10s;
  EXPECT_DOUBLE_EQ(flow_.fps_posted(now_), 0) << "nothing was heard since";
}

TEST_F(Flow, SlowChannelsAreUsuallySilentForLonger) {
  EXPECT_EQ(flow_.usual_silence(), 0ms);
  line(2);
  EXPECT_EQ(flow_.usual_silence(), 150s) << "three times a hundred frames";
  now_ += 40s;
  line(2);
  EXPECT_EQ(flow_.usual_silence(), 120s);
  now_ += 1h;
  line(2);
  EXPECT_EQ(flow_.usual_silence(), 120s) << "one long break is not usual";
  now_ += 10s;
  line(2);
  EXPECT_EQ(flow_.usual_silence(), 30s);
}

TEST_F(Flow, WhatIsDecodedTellsMoreThanWhatComesOut) {
  line(5);
  line(25, true);
  EXPECT_DOUBLE_EQ(flow_.fps_in(now_), 25);
  const auto sign = now_;
  now_ += 4s;
  line(5);
  EXPECT_DOUBLE_EQ(flow_.fps_in(now_), 25);
  EXPECT_EQ(flow_.last_video(), sign);
  EXPECT_EQ(flow_.usual_silence(), 12s) << "three times a hundred frames of those";
}

TEST_F(Flow, FramesThatComeOutAndDoNotArriveAreNoSignOfLife) {
  count(5);
  for (int i = 0; i < 12; ++i, now_ += 1s) {
    line(25, true);
    line(25);
    count(5);
  }
  EXPECT_TRUE(flow_.not_posted(now_));
  EXPECT_LT(*flow_.last_video(), now_ - 1s);
  count(6);
  EXPECT_FALSE(flow_.not_posted(now_));
  EXPECT_EQ(flow_.last_video(), now_);
}

TEST_F(Flow, QuietSceneIsNotTakenForFramesThatDoNotArrive) {
  count(5);
  line(25);
  for (int i = 0; i < 100; ++i, now_ += 1s) {
    line(25, true);
    line(0);
    count(5);
  }
  EXPECT_FALSE(flow_.not_posted(now_));
  EXPECT_EQ(flow_.last_video(), now_ - 1s);
}

TEST_F(Flow, WithoutWordOfTheIngestNodeNothingIsMissed) {
  count(5);
  for (int i = 0; i < 100; ++i, now_ += 1s) line(25);
  EXPECT_FALSE(flow_.not_posted(now_));
  EXPECT_EQ(flow_.last_video(), now_ - 1s);
}

TEST_F(Flow, AbsurdSpeedsAreNoTrouble) {
  line(1e-300);
  EXPECT_EQ(flow_.usual_silence(), 3h);
}

TEST_F(Flow, SpeedOfTheLogIsShownAsLongAsItIsFresh) {
  line(25);
  EXPECT_DOUBLE_EQ(flow_.fps_in(now_), 25);
  now_ += 12s;
  EXPECT_DOUBLE_EQ(flow_.fps_in(now_), 0);
}

TEST_F(Flow, MoreRefusedThanTakenIsOurFault) {
  count(100, 0);
  now_ += 5s;
  count(110, 9);
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kNone) << "most come through";
  now_ += 1s;
  count(110, 20);
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kIngestFull);
  now_ += 10s;
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kFlowUnknown) << "nobody says so any more";
}

TEST_F(Flow, FramesThatWaitForAllOfTheWindowHaveNoConsumer) {
  for (int i = 0; i < 10; ++i, now_ += 1s) {
    count(static_cast<std::uint64_t>(i), 0, 1);
    EXPECT_EQ(flow_.hindrance(now_), StreamReason::kNone);
  }
  count(10, 0, 1);
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kNoConsumer);
  count(11, 0, 0);
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kNone);
}

TEST_F(Flow, NobodyKnowsHowItIsWithoutCountsForFiveSeconds) {
  now_ += 4999ms;
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kNone);
  now_ += 1ms;
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kFlowUnknown) << "never heard";
  count(7);
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kNone);
  now_ += 5s;
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kFlowUnknown) << "not heard any more";
  count(7);
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kNone);
}

TEST_F(Flow, LinesOfTheLogTellThatVideoFlowsWhenNoCountsAreHeard) {
  for (int i = 0; i < 5; ++i, now_ += 4s) {
    line(25, true);
    EXPECT_EQ(flow_.hindrance(now_), StreamReason::kNone);
  }
  now_ += 10s;
  EXPECT_EQ(flow_.hindrance(now_), StreamReason::kFlowUnknown);
}

TEST_F(Flow, LastFrameSaysThatItIsTheLast) {
  flow_.on_count(now_, {1, 1, 0, 0, 77, true});
  EXPECT_TRUE(flow_.end_of_stream());
  EXPECT_EQ(flow_.last_frame_us(), 77);
}

TEST(EndLine, IsKnownWhereverItStandsAlone) {
  for (const char* line : {"meet a eof", "meet a eof\r", "2024-01-01 [info] meet a eof"}) {
    EXPECT_TRUE(says_end(line)) << line;
  }
  for (const char* line :
       {"", "eof", "meet a eo", "meet a eof?", "[channel_0] tmp_fps: 25.0, avg_fps: 24.9"}) {
    EXPECT_FALSE(says_end(line)) << line;
  }
}

TEST_F(Flow, LogThatSaysTheEndNeedsNoFrameForIt) {
  EXPECT_FALSE(flow_.end_of_stream());
  flow_.on_end_line();
  EXPECT_TRUE(flow_.end_of_stream());
  flow_.on_count(now_, {1, 1, 0, 0, 77, false});
  EXPECT_TRUE(flow_.end_of_stream()) << "a late report of an earlier frame";
}

}  // namespace
}  // namespace stream::api
