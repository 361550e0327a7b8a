#include "ingest_choice.hpp"

#include <gtest/gtest.h>

namespace stream::api {
namespace {

using namespace std::chrono_literals;

NodeRecord node(const std::string& name, double load) {
  NodeRecord record;
  record.node = name;
  record.load = load;
  return record;
}

class Choice : public ::testing::Test {
 protected:
  std::string choose(const std::vector<NodeRecord>& nodes) { return choice_.choose(nodes, used_, now_).node; }

  IngestChoice::Clock::time_point now_{1000s};
  IngestChoice::Used used_;
  IngestChoice choice_{{10, 15s}};
};

TEST_F(Choice, LeastLoadedGetsIt) {
  EXPECT_EQ(choose({node("a", 50), node("b", 20), node("c", 30)}), "b");
}

TEST_F(Choice, OfEqualsTheOneWithFewestAlgorithms) {
  used_ = {{"a", 3}, {"b", 1}, {"c", 2}};
  EXPECT_EQ(choose({node("a", 0), node("b", 0), node("c", 0)}), "b");
}

TEST_F(Choice, WhatWasJustGivenCountsBeforeItsLoadShows) {
  const std::vector<NodeRecord> nodes = {node("a", 0), node("b", 25)};
  EXPECT_EQ(choose(nodes), "a");  // 0
  EXPECT_EQ(choose(nodes), "a");  // 10
  EXPECT_EQ(choose(nodes), "a");  // 20
  EXPECT_EQ(choose(nodes), "b");  // 30
}

TEST_F(Choice, LaterOnlyTheLoadCounts) {
  const std::vector<NodeRecord> nodes = {node("a", 0), node("b", 5)};
  EXPECT_EQ(choose(nodes), "a");
  EXPECT_EQ(choose(nodes), "b");
  now_ += 15s;
  EXPECT_EQ(choose(nodes), "a") << "what it was given before sends nothing";
}

TEST_F(Choice, ManyNewOnesSpreadEvenly) {
  const std::vector<NodeRecord> nodes = {node("a", 0), node("b", 0), node("c", 0)};
  std::map<std::string, int> given;
  for (int i = 0; i < 30; ++i) ++given[choose(nodes)];
  EXPECT_EQ(given, (std::map<std::string, int>{{"a", 10}, {"b", 10}, {"c", 10}}));
}

}  // namespace
}  // namespace stream::api
