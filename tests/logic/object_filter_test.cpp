#include "object_filter.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace stream::logic {
namespace {

using Indices = std::vector<std::size_t>;
using Keys = std::vector<std::string>;

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

ObjectFilter make(std::uint64_t in_frames, std::uint64_t out_frames, std::int64_t sample_interval = 1,
                  std::size_t max_objects = 100) {
  return ObjectFilter({sample_interval, in_frames, out_frames, max_objects});
}

TEST(ObjectFilter, AlarmsOnceInTheNthFrame) {
  auto filter = make(3, 5);
  Indices alarms;
  for (std::int64_t id = 0; id < 20; ++id) {
    for (const auto i : filter.next_frame(id, Keys{"a"})) alarms.push_back(static_cast<std::size_t>(id) + i);
  }
  EXPECT_EQ(alarms, (Indices{2}));
}

TEST(ObjectFilter, FramesNeedNotBeConsecutive) {
  auto filter = make(3, 5);
  EXPECT_EQ(filter.next_frame(0, Keys{"a"}), Indices{});
  EXPECT_EQ(filter.next_frame(1, Keys{}), Indices{});
  EXPECT_EQ(filter.next_frame(2, Keys{"a"}), Indices{});
  for (std::int64_t id = 3; id < 7; ++id) EXPECT_EQ(filter.next_frame(id, Keys{}), Indices{});
  EXPECT_EQ(filter.next_frame(7, Keys{"a"}), Indices{0});
}

TEST(ObjectFilter, ForgottenObjectAlarmsAgain) {
  auto filter = make(1, 2);
  EXPECT_EQ(filter.next_frame(0, Keys{"a"}), Indices{0});
  EXPECT_EQ(filter.next_frame(1, Keys{}), Indices{});
  EXPECT_EQ(filter.next_frame(2, Keys{"a"}), Indices{});
  EXPECT_EQ(filter.next_frame(3, Keys{}), Indices{});
  EXPECT_EQ(filter.next_frame(4, Keys{}), Indices{});
  EXPECT_EQ(filter.next_frame(5, Keys{"a"}), Indices{0});
}

TEST(ObjectFilter, FramesThatNeverCameCountAsAbsence) {
  auto filter = make(1, 2);
  EXPECT_EQ(filter.next_frame(10, Keys{"a"}), Indices{0});
  EXPECT_EQ(filter.next_frame(12, Keys{"a"}), Indices{});   // one frame missing
  EXPECT_EQ(filter.next_frame(15, Keys{"a"}), Indices{0});  // two frames missing
}

TEST(ObjectFilter, AbsenceIsCountedInStepsOfTheSampleInterval) {
  auto filter = make(1, 2, 3);
  EXPECT_EQ(filter.next_frame(0, Keys{"a"}), Indices{0});
  EXPECT_EQ(filter.next_frame(6, Keys{"a"}), Indices{});
  EXPECT_EQ(filter.next_frame(14, Keys{"a"}), Indices{});  // not a whole third step
  EXPECT_EQ(filter.next_frame(23, Keys{"a"}), Indices{0});
}

TEST(ObjectFilter, FrameIdThatDoesNotGrowIsOneStep) {
  auto filter = make(2, 1);
  EXPECT_EQ(filter.next_frame(1000, Keys{"a"}), Indices{});
  EXPECT_EQ(filter.next_frame(0, Keys{"a"}), Indices{0});
  EXPECT_EQ(filter.next_frame(0, Keys{}), Indices{});
  EXPECT_EQ(filter.next_frame(0, Keys{"a"}), Indices{});
  EXPECT_EQ(filter.next_frame(1, Keys{"a"}), Indices{0});
}

TEST(ObjectFilter, AnyFrameIdsAreTaken) {
  auto filter = make(2, std::numeric_limits<std::uint32_t>::max(), 1);
  EXPECT_EQ(filter.next_frame(kFirst, Keys{"a"}), Indices{});
  EXPECT_EQ(filter.next_frame(kLast, Keys{"a"}), Indices{});
  EXPECT_EQ(filter.next_frame(kFirst, Keys{"a"}), Indices{0});
}

TEST(ObjectFilter, KeyThatOccursTwiceCountsOnceAndTheFirstAlarms) {
  auto filter = make(2, 5);
  EXPECT_EQ(filter.next_frame(0, Keys{"a", "a"}), Indices{});
  EXPECT_EQ(filter.next_frame(1, Keys{"b", "a", "a"}), Indices{1});
}

TEST(ObjectFilter, ObjectsOfOneFrameAlarmInOrder) {
  auto filter = make(1, 5);
  EXPECT_EQ(filter.next_frame(0, Keys{"z", "", "a", "m"}), (Indices{0, 2, 3}));
}

TEST(ObjectFilter, EmptyKeyIsNoObject) {
  auto filter = make(1, 5);
  EXPECT_EQ(filter.next_frame(0, Keys{"", ""}), Indices{});
  EXPECT_EQ(filter.objects(), 0U);
}

TEST(ObjectFilter, ForgottenObjectsTakeNoMemory) {
  auto filter = make(1, 3);
  for (std::int64_t id = 0; id < 1000; ++id) std::ignore = filter.next_frame(id, Keys{std::to_string(id)});
  EXPECT_LE(filter.objects(), 4U);
  EXPECT_EQ(filter.crowded_out(), 0U);
}

TEST(ObjectFilter, BeyondTheBoundTheLongestUnseenIsForgottenAndCounted) {
  auto filter = make(2, 1000, 1, 2);
  std::ignore = filter.next_frame(0, Keys{"a"});
  std::ignore = filter.next_frame(1, Keys{"b"});
  std::ignore = filter.next_frame(2, Keys{"c"});
  EXPECT_EQ(filter.objects(), 2U);
  EXPECT_EQ(filter.crowded_out(), 1U);
  EXPECT_EQ(filter.next_frame(3, Keys{"b"}), Indices{0});
  EXPECT_EQ(filter.next_frame(4, Keys{"a"}), Indices{});
}

TEST(ObjectFilter, RestoredFilterDecidesAlike) {
  auto before = make(3, 2);
  for (std::int64_t id = 0; id < 2; ++id) std::ignore = before.next_frame(id, Keys{"a", "b"});
  std::ignore = before.next_frame(2, Keys{"b"});
  LogicState state;
  before.save_to(state);
  auto after = make(3, 2);
  after.restore(state);
  for (auto* filter : {&before, &after}) {
    EXPECT_EQ(filter->next_frame(3, Keys{"a", "b"}), Indices{0});
    EXPECT_EQ(filter->next_frame(8, Keys{"a"}), Indices{});  // four frames missing: forgotten
    EXPECT_EQ(filter->objects(), 1U);
  }
}

TEST(ObjectFilter, RestoresAnythingWithinItsBounds) {
  LogicState state;
  state.frame_count = 5;
  state.objects = {{"a", 1, 4}, {"b", 1, 900}, {"b", 1, 5}, {"c", 1, 5}};
  auto filter = make(2, 3, 1, 2);
  filter.restore(state);
  EXPECT_EQ(filter.objects(), 2U);
  EXPECT_EQ(filter.next_frame(1, Keys{"c", "b", "a"}), (Indices{0, 1})) << "a was crowded out";
}

}  // namespace
}  // namespace stream::logic
