#include "stream_health.hpp"

#include <gtest/gtest.h>

namespace stream::api {
namespace {

using State = StreamState;
using Reason = StreamReason;

TEST(StreamHealth, VideoIsTheSignOfACamera) {
  EXPECT_EQ(health_of(State::kRunning, Reason::kNone), (StreamHealth{false, false, false}));
  EXPECT_EQ(health_of(State::kStalled, Reason::kNoVideo), (StreamHealth{true, std::nullopt, false}));
}

TEST(StreamHealth, ARestartForWantOfVideoBringsNoCameraBack) {
  EXPECT_EQ(health_of(State::kBackoff, Reason::kNoVideo), (StreamHealth{true, std::nullopt, false}));
  EXPECT_EQ(health_of(State::kQueued, Reason::kStartTurn), StreamHealth{});
  EXPECT_EQ(health_of(State::kStarting, Reason::kNone), StreamHealth{});
}

TEST(StreamHealth, ACrashIsNotTheCameras) {
  EXPECT_EQ(health_of(State::kBackoff, Reason::kSignalled), StreamHealth{});
  EXPECT_EQ(health_of(State::kCrashLoop, Reason::kExited), (StreamHealth{std::nullopt, true, false}));
  EXPECT_EQ(health_of(State::kCrashLoop, Reason::kNoVideo), (StreamHealth{true, true, false}));
}

TEST(StreamHealth, WhatWeHoldUpSaysNothing) {
  EXPECT_EQ(health_of(State::kBlocked, Reason::kIngestFull), StreamHealth{});
}

TEST(StreamHealth, NobodyWaitsForWhatDoesNotRun) {
  for (const State state : {State::kEnded, State::kStopped, State::kFailed}) {
    EXPECT_EQ(health_of(state, Reason::kNone), (StreamHealth{std::nullopt, std::nullopt, true}));
  }
}

}  // namespace
}  // namespace stream::api
