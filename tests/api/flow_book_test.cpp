#include "flow_book.hpp"

#include <gtest/gtest.h>

namespace stream::api {
namespace {

using namespace std::chrono_literals;

FlowReport report(const std::string& node, std::uint64_t taken) {
  return {node, 77, {{"cam", 1, taken, 2, 3, 4, true}}};
}

TEST(FlowBook, HasTheLastThatWasTold) {
  const std::chrono::steady_clock::time_point now{1000s};
  FlowBook book;
  EXPECT_FALSE(book.find("cam", 1, "a"));
  book.take(report("a", 10), now);
  book.take(report("b", 11), now + 1s);
  const auto heard = book.find("cam", 1, "b");
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->count, (FlowCount{77, 11, 2, 3, 4, true}));
  EXPECT_EQ(heard->at, now + 1s);
}

TEST(FlowBook, WhatANodeDoesNotNameHadNoFrames) {
  const std::chrono::steady_clock::time_point now{1000s};
  FlowBook book;
  book.take(report("a", 10), now);
  const FlowCount nothing{77, 0, 0, 0, 0, false};
  EXPECT_EQ(book.find("cam", 0, "a")->count, nothing);
  EXPECT_EQ(book.find("ca", 1, "a")->count, nothing);
  book.take({"b", 77, {}}, now);
  EXPECT_EQ(book.find("cam", 1, "b")->count, nothing) << "it posts to another";
  book.take({"a", 78, {}}, now + 1s);
  EXPECT_EQ(book.find("cam", 1, "a")->count, (FlowCount{78, 0, 0, 0, 0, false}))
      << "the node has started again";
  EXPECT_EQ(book.find("cam", 1, "a")->at, now + 1s);
}

TEST(FlowBook, FormerNodeOfATaskDoesNotHideTheCountsOfItsPresentOne) {
  const std::chrono::steady_clock::time_point now{1000s};
  FlowBook book;
  book.take(report("b", 11), now);
  book.take(report("a", 500), now + 1s);
  EXPECT_EQ(book.find("cam", 1, "b")->count.taken, 11U);
  EXPECT_EQ(book.find("cam", 1, "a")->count.taken, 500U);
}

TEST(FlowBook, ForgetsWhatNobodyTellsAnyMore) {
  const std::chrono::steady_clock::time_point now{1000s};
  FlowBook book;
  book.take(report("a", 10), now);
  book.take({"b", 77, {}}, now + 59s);
  EXPECT_TRUE(book.find("cam", 1, "a"));
  book.take({"b", 77, {}}, now + 120s);
  EXPECT_FALSE(book.find("cam", 1, "a"));
}

}  // namespace
}  // namespace stream::api
