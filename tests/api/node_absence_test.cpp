#include "node_absence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stream::api {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(NodeAbsence, NodeIsGoneAfterTheGrace) {
  NodeAbsence absence(5s);
  EXPECT_THAT(absence.look(1h, {"b"}, {"a", "b"}), IsEmpty()) << "seen to be away for the first time";
  EXPECT_THAT(absence.look(4999ms, {"b"}, {"a", "b"}), IsEmpty());
  EXPECT_THAT(absence.look(1ms, {"b"}, {"a", "b"}), ElementsAre("a"));
  EXPECT_THAT(absence.look(1ms, {}, {"a", "b"}), ElementsAre("a"));
  EXPECT_THAT(absence.look(5s, {}, {"a", "b"}), ElementsAre("a", "b"));
}

TEST(NodeAbsence, NodeThatComesBackStartsAnew) {
  NodeAbsence absence(5s);
  EXPECT_THAT(absence.look(1s, {}, {"a"}), IsEmpty());
  EXPECT_THAT(absence.look(4s, {}, {"a"}), IsEmpty());
  EXPECT_THAT(absence.look(1s, {"a"}, {"a"}), IsEmpty());
  EXPECT_THAT(absence.look(4s, {}, {"a"}), IsEmpty());
  EXPECT_THAT(absence.look(4s, {}, {"a"}), IsEmpty());
  EXPECT_THAT(absence.look(1s, {}, {"a"}), ElementsAre("a"));
}

TEST(NodeAbsence, OnlyUsedNodesAreMissed) {
  NodeAbsence absence(5s);
  EXPECT_THAT(absence.look(1s, {}, {"a"}), IsEmpty());
  EXPECT_THAT(absence.look(9s, {}, {}), IsEmpty());
  EXPECT_THAT(absence.look(9s, {}, {"a"}), IsEmpty()) << "used again: its time starts anew";
}

TEST(NodeAbsence, WithoutGraceTheFirstLookDecides) {
  NodeAbsence absence(0s);
  EXPECT_THAT(absence.look(0s, {}, {"a"}), ElementsAre("a"));
}

}  // namespace
}  // namespace stream::api
