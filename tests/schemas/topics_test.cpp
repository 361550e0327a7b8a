#include "stream/schemas/topics.hpp"

#include <gtest/gtest.h>

namespace stream {
namespace {

TEST(Topics, EveryTopicEndsWithASeparatorSoThatTask11DoesNotHearTask113) {
  EXPECT_EQ(topics::frame("11", 0), "frame/11/0/");
  EXPECT_FALSE(topics::frame("113", 0).starts_with("frame/11/"));
  EXPECT_EQ(topics::body("cam1", 12), "body/cam1/12/");
  EXPECT_EQ(topics::alarm("cam1", 1), "alarm/cam1/1/");
  EXPECT_EQ(topics::event("cam1"), "event/cam1/");
  EXPECT_EQ(topics::report("cam1"), "report/cam1/");
}

TEST(Topics, NoTaskIsTakenForTheSystem) {
  for (const char* id : {".system", "system", "%2Esystem", ".system/"}) {
    EXPECT_NE(topics::event(id), topics::kSystemEvent) << id;
  }
}

TEST(Topics, TaskIdsAreOneLevelWhateverTheyHold) {
  EXPECT_EQ(topics::frame("a/b", 0), "frame/a%2Fb/0/");
  EXPECT_EQ(topics::task_key("../esc"), "task/%2E.%2Fesc");
  EXPECT_EQ(topics::node_key("logic", "logic@box"), "nd/logic/logic%40box");
  EXPECT_EQ(topics::state_key("a/b", 3), "st/a%2Fb/3");
  EXPECT_EQ(topics::flow("a/b"), "flow/a%2Fb/");
  EXPECT_EQ(topics::state("a/b"), "state/a%2Fb/");
  EXPECT_EQ(topics::delivery_key("a:0:x"), "rep/a%3A0%3Ax");
  EXPECT_EQ(topics::begun_key("api", "api@box"), "ev/api/api%40box");
}

}  // namespace
}  // namespace stream
