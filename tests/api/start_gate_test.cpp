#include "start_gate.hpp"

#include <gtest/gtest.h>

namespace stream::api {
namespace {

using namespace std::chrono_literals;

class Gate : public ::testing::Test {
 protected:
  static StartLimits limits() {
    StartLimits limits;
    limits.processes = 2;
    limits.gap = 100ms;
    limits.device_memory_bytes = 300;
    return limits;
  }
  void start() {
    gate_.on_attempt(now_);
    gate_.on_start(now_);
    gate_.on_process();
  }

  std::optional<std::uint64_t> free_ = 10'000;
  StartGate::TimePoint now_{1000s};
  StartGate gate_{limits(), [this] { return free_; }};
};

TEST_F(Gate, StartsComeOneAfterTheOther) {
  EXPECT_EQ(gate_.wait(now_), StreamReason::kNone);
  gate_.on_attempt(now_);
  EXPECT_EQ(gate_.wait(now_ + 99ms), StreamReason::kStartTurn);
  EXPECT_EQ(gate_.wait(now_ + 100ms), StreamReason::kNone);
}

TEST_F(Gate, NoMoreThanTheLimit) {
  start();
  now_ += 1s;
  start();
  now_ += 1s;
  EXPECT_EQ(gate_.wait(now_), StreamReason::kProcessLimit);
  gate_.on_end();
  EXPECT_EQ(gate_.wait(now_), StreamReason::kNone);
}

TEST_F(Gate, DeviceMemoryIsWaitedFor) {
  free_ = 299;
  EXPECT_EQ(gate_.wait(now_), StreamReason::kDeviceMemory);
  free_ = 300;
  EXPECT_EQ(gate_.wait(now_ + 1s), StreamReason::kNone);
}

TEST_F(Gate, WhatIsStillLoadingHasItsMemoryKept) {
  free_ = 599;
  start();
  EXPECT_EQ(gate_.wait(now_ + 1s), StreamReason::kDeviceMemory);
  EXPECT_EQ(gate_.wait(now_ + 10s), StreamReason::kNone) << "what it took is gone from what is free";
}

TEST_F(Gate, NobodyWaitsForADeviceThatTellsNothing) {
  free_.reset();
  EXPECT_EQ(gate_.wait(now_), StreamReason::kNone);
}

}  // namespace
}  // namespace stream::api
