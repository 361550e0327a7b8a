#include "fps_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stream::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class FpsLogTest : public ::testing::Test {
 protected:
  // What a frame at `ms` after the start prints.
  std::string frame_at(int ms) {
    ::testing::internal::CaptureStdout();
    log_.add(start_ + std::chrono::milliseconds(ms));
    return ::testing::internal::GetCapturedStdout();
  }

  const FpsLog::TimePoint start_ = FpsLog::TimePoint() + std::chrono::hours(1);
  FpsLog log_{"channel_3", start_};
};

TEST_F(FpsLogTest, LineHasTheFormOfTheEngine) {
  EXPECT_THAT(frame_at(40), MatchesRegex("\\[..:..:.. [+-]..:..\\] \\[engine\\] \\[info\\] \\[[a-z.]+:38\\] "
                                         "\\[channel_3\\] tmp_fps: 0, avg_fps: 0\n"));
}

TEST_F(FpsLogTest, LineComesOnceASecondAndTheAverageClimbsSlowly) {
  frame_at(0);
  for (int ms = 100; ms <= 1000; ms += 100) EXPECT_EQ(frame_at(ms), "") << ms;
  // 12 frames in 1.2 s.
  const auto line = frame_at(1200);
  EXPECT_THAT(line, HasSubstr("tmp_fps: 10, avg_fps: 1\n"));
}

TEST_F(FpsLogTest, PauseIsSilentAndCountsInTheNextLine) {
  frame_at(0);
  EXPECT_THAT(frame_at(10000), HasSubstr("tmp_fps: 0.2, avg_fps: 0.02"));
}

}  // namespace
}  // namespace stream::sim
