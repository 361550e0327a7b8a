#include "tap_pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/schemas/topics.hpp"

namespace stream::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string one(std::string_view pattern) {
  const auto prefixes = topic_prefixes(pattern);
  if (!prefixes || prefixes->size() != 1) return "?";
  return prefixes->front();
}

TEST(TapPattern, KindAloneMeansAllTasks) {
  EXPECT_EQ(one("frame"), "frame/");
  EXPECT_EQ(one("alarms"), "alarm/");
  EXPECT_EQ(one("bodies"), "body/");
  EXPECT_EQ(one("event/"), "event/");
}

TEST(TapPattern, TaskAndAlgorithmAreTheTopicsOfTheSchema) {
  EXPECT_EQ(one("frame/cam1/0"), topics::frame("cam1", 0));
  EXPECT_EQ(one("body/cam1/2/"), topics::body("cam1", 2));
  EXPECT_EQ(one("alarm/../esc/0"), topics::alarm("../esc", 0));
  EXPECT_EQ(one("event/任务1"), topics::event("任务1"));
  EXPECT_EQ(one("report/a?b#c"), topics::report("a?b#c"));
}

TEST(TapPattern, TaskAloneMeansAllItsAlgorithmsAndNoOtherTasks) {
  EXPECT_TRUE(topics::frame("11", 0).starts_with(one("frame/11")));
  EXPECT_FALSE(topics::frame("113", 0).starts_with(one("frame/11")));
}

TEST(TapPattern, EventsHaveNoAlgorithm) {
  EXPECT_EQ(one("event/site/3"), topics::event("site/3"));
}

TEST(TapPattern, SystemIsTheEventsOfNoTask) {
  EXPECT_EQ(one("system"), topics::kSystemEvent);
  EXPECT_TRUE(topics::kSystemEvent.starts_with(one("events")));
}

TEST(TapPattern, StarLeavesWholeBodiesOut) {
  const auto prefixes = topic_prefixes("*");
  ASSERT_TRUE(prefixes);
  EXPECT_THAT(*prefixes, ElementsAre("frame/", "alarm/", "event/", "report/"));
}

TEST(TapPattern, UnknownKindIsAnErrorThatListsTheKinds) {
  for (const char* pattern : {"", "fram", "frames1", "cam1/0", "/"}) {
    const auto prefixes = topic_prefixes(pattern);
    ASSERT_FALSE(prefixes) << pattern;
    EXPECT_THAT(prefixes.error().message, HasSubstr("frame, body, alarm, event, report"));
  }
}

}  // namespace
}  // namespace stream::cli
