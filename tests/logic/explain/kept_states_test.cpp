#include "explain/kept_states.hpp"

#include <gtest/gtest.h>

namespace stream::logic {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::vector<std::string> texts(const KeptStates& kept) {
  std::vector<std::string> all;
  for (const auto& state : kept.states()) all.push_back(*state);
  return all;
}

TEST(KeptStates, KeepsTheLastFourTenSecondsApart) {
  KeptStates kept;
  kept.begin_with("first", 0);
  for (std::int64_t second = 100; second <= 145; ++second)
    kept.offer(std::to_string(second), second * kSecond);
  EXPECT_EQ(texts(kept), (std::vector<std::string>{"110", "120", "130", "140"}));
}

TEST(KeptStates, WhatIsOfferedSoonerIsNotCopied) {
  KeptStates kept;
  kept.begin_with("first", 100 * kSecond);
  const auto before = kept.states();
  for (int i = 0; i < 1000; ++i) kept.offer("later", 100 * kSecond + i);
  EXPECT_EQ(kept.states(), before) << "the very same, not equal ones";
}

TEST(KeptStates, AClockThatGoesBackKeepsThemComing) {
  KeptStates kept;
  kept.begin_with("first", 100 * kSecond);
  kept.offer("back", 50 * kSecond);
  kept.offer("soon", 55 * kSecond);
  kept.offer("later", 60 * kSecond);
  EXPECT_EQ(texts(kept), (std::vector<std::string>{"first", "back", "later"}));
}

TEST(KeptStates, OneThatIsTooLargeIsNotKept) {
  KeptStates kept;
  const std::string largest(KeptStates::kMostBytes, 'x');
  kept.begin_with(largest, 100 * kSecond);
  EXPECT_FALSE(kept.too_large());
  kept.offer(largest + "x", 110 * kSecond);
  EXPECT_TRUE(kept.too_large());
  EXPECT_EQ(texts(kept), std::vector<std::string>{largest});
  kept.begin_with("anew", 120 * kSecond);
  EXPECT_FALSE(kept.too_large());
  EXPECT_EQ(texts(kept), std::vector<std::string>{"anew"});
}

}  // namespace
}  // namespace stream::logic
