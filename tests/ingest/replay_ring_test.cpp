#include "replay_ring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace stream::ingest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kMany = 1'000'000;
constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

std::vector<std::string> texts(const std::vector<ReplayRing::Message>& messages) {
  std::vector<std::string> texts;
  for (const auto& message : messages) texts.push_back(*message);
  return texts;
}

ReplayRing filled(ReplayLimits limits, int count) {
  ReplayRing ring(limits);
  for (int i = 1; i <= count; ++i) ring.add(std::to_string(i));
  return ring;
}

TEST(ReplayRing, NumbersFromOneAndKeepsTheNewest) {
  const auto ring = filled({3, kMany}, 5);
  EXPECT_EQ(ring.next_number(), 6U);
  EXPECT_EQ(ring.oldest_number(), 3U);
  EXPECT_EQ(*ring.at(3), "3");
  EXPECT_EQ(*ring.at(5), "5");
}

TEST(ReplayRing, EmptyOneHasNothing) {
  const ReplayRing ring({3, kMany});
  EXPECT_EQ(ring.oldest_number(), ring.next_number());
  EXPECT_THAT(ring.after(0, {kMany, kMany}), IsEmpty());
  EXPECT_THAT(ring.after(kLargest, {kMany, kMany}), IsEmpty());
}

TEST(ReplayRing, GivesWhatIsNewerAndStillThere) {
  const auto ring = filled({3, kMany}, 5);
  EXPECT_THAT(texts(ring.after(3, {kMany, kMany})), ElementsAre("4", "5"));
  EXPECT_THAT(texts(ring.after(2, {kMany, kMany})), ElementsAre("3", "4", "5"));
  EXPECT_THAT(texts(ring.after(0, {kMany, kMany})), ElementsAre("3", "4", "5")) << "1 and 2 are gone";
  EXPECT_THAT(ring.after(5, {kMany, kMany}), IsEmpty());
  EXPECT_THAT(ring.after(6, {kMany, kMany}), IsEmpty());
  EXPECT_THAT(ring.after(kLargest, {kMany, kMany}), IsEmpty());
  EXPECT_THAT(ring.after(kLargest - 1, {kMany, kMany}), IsEmpty());
}

TEST(ReplayRing, BytesBoundItToo) {
  ReplayRing ring({kMany, 10});
  for (const char* message : {"aaaa", "bbbb", "cc", "dddd"}) ring.add(message);
  EXPECT_THAT(texts(ring.after(0, {kMany, kMany})), ElementsAre("bbbb", "cc", "dddd"));
  ring.add(std::string(100, 'x'));
  EXPECT_EQ(ring.oldest_number(), 5U) << "the newest stays, however large";
  ring.add("e");
  EXPECT_THAT(texts(ring.after(0, {kMany, kMany})), ElementsAre("e"));
}

TEST(ReplayRing, BatchesAreBoundedButNeverEmptyForNothing) {
  const auto ring = filled({10, kMany}, 5);
  EXPECT_THAT(texts(ring.after(1, {2, kMany})), ElementsAre("2", "3"));
  EXPECT_THAT(texts(ring.after(1, {kMany, 3})), ElementsAre("2", "3", "4"));
  EXPECT_THAT(texts(ring.after(1, {kMany, 0})), ElementsAre("2"));
  EXPECT_THAT(texts(ring.after(1, {0, kMany})), ElementsAre("2"));
}

TEST(ReplayRing, WhatWasTakenStaysWhileTheRingGoesOn) {
  auto ring = filled({2, kMany}, 2);
  const auto taken = ring.after(0, {kMany, kMany});
  for (int i = 3; i < 100; ++i) ring.add(std::to_string(i));
  EXPECT_THAT(texts(taken), ElementsAre("1", "2"));
}

}  // namespace
}  // namespace stream::ingest
