#include "frame_order.hpp"

#include <gtest/gtest.h>

namespace stream::logic {
namespace {

using std::chrono::milliseconds;
using Numbers = std::vector<std::uint64_t>;
using Taken = FrameOrder::Taken;
using Outcome = Fetched::Outcome;

constexpr std::uint64_t kBoot = 7;

FrameMeta frame(std::uint64_t number, std::uint64_t boot = kBoot) {
  FrameMeta meta;
  meta.ref = {"ingest:" + std::to_string(boot), boot, number};
  meta.number = number;
  return meta;
}

Fetched frames(std::uint64_t first, std::uint64_t last, std::uint64_t boot = kBoot) {
  Fetched result{Outcome::kFrames, {}};
  for (auto i = first; i <= last; ++i) result.frames.push_back(frame(i, boot));
  return result;
}

class Order : public ::testing::Test {
 protected:
  Taken take(std::uint64_t number, std::uint64_t boot = kBoot) {
    return order_.take(frame(number, boot), now_);
  }
  void take_all(std::uint64_t first, std::uint64_t last) {
    for (auto i = first; i <= last; ++i) take(i);
  }
  Numbers given() {
    Numbers numbers;
    while (const auto next = order_.next()) numbers.push_back(next->number);
    return numbers;
  }
  // The number after which it fetches now.
  std::optional<std::uint64_t> fetch() {
    const auto after = order_.fetch(now_);
    return after ? std::optional(after->number) : std::nullopt;
  }

  FrameOrder::Time now_{std::chrono::hours(1)};
  FrameOrderOptions options_;
  FrameOrder order_{{}, options_};
};

TEST_F(Order, FramesComeOutAsTheyCome) {
  take_all(1, 3);
  EXPECT_EQ(given(), (Numbers{1, 2, 3}));
  EXPECT_EQ(fetch(), std::nullopt);
  EXPECT_EQ(order_.positions(), (std::vector<FramePosition>{{kBoot, 3, "ingest:7"}}));
  EXPECT_EQ(order_.lost(), 0U);
}

TEST_F(Order, RepeatedFramesAreIgnored) {
  take_all(1, 3);
  EXPECT_EQ(given(), (Numbers{1, 2, 3}));
  EXPECT_EQ(take(2), Taken::kRepeated);
  EXPECT_EQ(take(5), Taken::kYes);
  EXPECT_EQ(take(5), Taken::kRepeated);
}

TEST_F(Order, WhatIsMissingIsFetchedFirst) {
  take_all(1, 2);
  EXPECT_EQ(given(), (Numbers{1, 2}));
  take(5);
  EXPECT_EQ(given(), Numbers{});
  EXPECT_EQ(fetch(), 2U);
  EXPECT_EQ(fetch(), std::nullopt) << "one at a time";
  take(6);
  order_.fetched(frames(3, 6), now_);
  EXPECT_EQ(given(), (Numbers{3, 4, 5, 6}));
  EXPECT_EQ(order_.lost(), 0U);
}

TEST_F(Order, FramesBeforeTheFirstOneThatCameAreFetched) {
  take(4);
  EXPECT_EQ(given(), Numbers{});
  EXPECT_EQ(fetch(), 0U);
  order_.fetched(frames(1, 4), now_);
  EXPECT_EQ(given(), (Numbers{1, 2, 3, 4}));
}

TEST_F(Order, WhatNobodyHasIsLost) {
  take(1);
  EXPECT_EQ(given(), Numbers{1});
  take(10);
  ASSERT_EQ(fetch(), 1U);
  order_.fetched(frames(6, 7), now_);  // 2 to 5 have left the ring; the answer was cut short
  EXPECT_EQ(given(), (Numbers{6, 7}));
  EXPECT_EQ(order_.lost(), 4U);
  ASSERT_EQ(fetch(), 7U);
  order_.fetched({Outcome::kGone, {}}, now_);
  EXPECT_EQ(given(), Numbers{10});
  EXPECT_EQ(order_.lost(), 6U);
  EXPECT_EQ(order_.positions().front().number, 10U);
}

TEST_F(Order, FramesMissedWhileAFetchWasOutAreNotTakenForLost) {
  take(1);
  EXPECT_EQ(given(), Numbers{1});
  now_ += options_.ask_first;
  ASSERT_EQ(fetch(), 1U);
  take(3);                             // 2 was published after the ingest-node answered
  order_.fetched(frames(1, 0), now_);  // nothing
  EXPECT_EQ(given(), Numbers{});
  ASSERT_EQ(fetch(), 1U);
  order_.fetched(frames(2, 3), now_);
  EXPECT_EQ(given(), (Numbers{2, 3}));
  EXPECT_EQ(order_.lost(), 0U);
}

TEST_F(Order, AnswerThatIsOutdatedIsNoLoss) {
  take_all(1, 2);
  EXPECT_EQ(given(), (Numbers{1, 2}));
  now_ += options_.ask_first;
  ASSERT_EQ(fetch(), 2U);
  take_all(3, 4);
  EXPECT_EQ(given(), (Numbers{3, 4}));
  take(6);
  order_.fetched(frames(3, 3), now_);
  EXPECT_EQ(given(), Numbers{});
  ASSERT_EQ(fetch(), 4U);
  order_.fetched(frames(5, 6), now_);
  EXPECT_EQ(given(), (Numbers{5, 6}));
  EXPECT_EQ(order_.lost(), 0U);
}

TEST_F(Order, SilentIngestNodeIsAskedAgainAFewTimes) {
  take(2);
  for (int i = 1; i < options_.tries; ++i) {
    ASSERT_EQ(fetch(), 0U);
    order_.fetched({Outcome::kUnreachable, {}}, now_);
    EXPECT_EQ(fetch(), std::nullopt) << "not at once";
    EXPECT_EQ(given(), Numbers{});
    now_ += std::chrono::seconds(1);
  }
  ASSERT_EQ(fetch(), 0U);
  order_.fetched({Outcome::kUnreachable, {}}, now_);
  EXPECT_EQ(given(), Numbers{2});
  EXPECT_EQ(order_.lost(), 1U);
}

TEST_F(Order, TooManyThatWaitAreFetchedInTheirTurn) {
  const auto most = options_.most_waiting;
  for (std::uint64_t i = 2; i < 2 + most; ++i) EXPECT_EQ(take(i), Taken::kYes);
  EXPECT_EQ(take(2 + most), Taken::kNoRoom);
  EXPECT_EQ(take(3 + most), Taken::kNoRoom);
  ASSERT_EQ(fetch(), 0U);
  order_.fetched(frames(1, 5), now_);
  EXPECT_EQ(given().back(), 1 + most);
  take(4 + most);
  ASSERT_EQ(fetch(), 1 + most);
  order_.fetched(frames(2 + most, 4 + most), now_);
  EXPECT_EQ(given(), (Numbers{2 + most, 3 + most, 4 + most}));
  EXPECT_EQ(order_.lost(), 0U);
}

TEST_F(Order, AsksAfterSilenceForAnEndThatWasLost) {
  take(1);
  EXPECT_EQ(given(), Numbers{1});
  EXPECT_EQ(fetch(), std::nullopt);
  now_ += options_.ask_first;
  ASSERT_EQ(fetch(), 1U);
  order_.fetched(frames(2, 3), now_);
  EXPECT_EQ(given(), (Numbers{2, 3}));
  ASSERT_EQ(fetch(), 3U) << "there may be more than fits an answer";
  order_.fetched(frames(1, 0), now_);
  now_ += options_.ask_first;
  ASSERT_EQ(fetch(), 3U);
  order_.fetched(frames(1, 0), now_);
  now_ += options_.ask_first;
  EXPECT_EQ(fetch(), std::nullopt) << "less and less often";
  now_ += options_.ask_first;
  EXPECT_EQ(fetch(), 3U);
}

TEST_F(Order, DoesNotAskWhoeverIsGone) {
  take(1);
  EXPECT_EQ(given(), Numbers{1});
  now_ += options_.ask_first;
  ASSERT_EQ(fetch(), 1U);
  order_.fetched({Outcome::kGone, {}}, now_);
  now_ += std::chrono::hours(1);
  EXPECT_EQ(fetch(), std::nullopt);
}

TEST_F(Order, TakeOverAsksForWhatCameMeanwhile) {
  FrameOrder next({{kBoot, 10, "ingest:7"}});
  auto after = next.fetch(now_);
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, (FramePosition{kBoot, 10, "ingest:7"}));
  next.take(frame(13), now_);
  next.fetched(frames(11, 12), now_);
  Numbers numbers;
  while (const auto given = next.next()) numbers.push_back(given->number);
  EXPECT_EQ(numbers, (Numbers{11, 12, 13}));
}

TEST_F(Order, RestartedIngestNodeBeginsAnew) {
  take_all(1, 3);
  EXPECT_EQ(given(), (Numbers{1, 2, 3}));
  take(2, 8);
  EXPECT_EQ(given(), Numbers{}) << "before the end of the former one is known";
  ASSERT_EQ(fetch(), 3U);
  order_.fetched(frames(4, 4), now_);
  EXPECT_EQ(given(), Numbers{4});
  ASSERT_EQ(fetch(), 4U);
  order_.fetched({Outcome::kGone, {}}, now_);
  EXPECT_EQ(given(), Numbers{});
  const auto after = order_.fetch(now_);
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, (FramePosition{8, 0, "ingest:8"}));
  order_.fetched(frames(1, 2, 8), now_);
  EXPECT_EQ(given(), (Numbers{1, 2}));
  EXPECT_EQ(order_.lost(), 0U);
  EXPECT_EQ(order_.positions(), (std::vector<FramePosition>{{8, 2, "ingest:8"}, {kBoot, 4, "ingest:7"}}));
}

TEST_F(Order, FramesThatGoToAndFroAreNeitherRepeatedNorLost) {
  take_all(1, 3);
  EXPECT_EQ(given(), (Numbers{1, 2, 3}));
  take(1, 8);
  ASSERT_EQ(fetch(), 3U);
  order_.fetched(frames(1, 0), now_);
  EXPECT_EQ(given(), Numbers{1});
  EXPECT_EQ(take(3), Taken::kRepeated);
  EXPECT_EQ(take(5), Taken::kYes);
  for (int i = 0; i < 2; ++i) {  // the end of the second one; then what is missing of the first
    const auto after = order_.fetch(now_);
    ASSERT_TRUE(after);
    order_.fetched(after->boot == 8 ? frames(1, 0) : frames(4, 5), now_);
    given();
  }
  EXPECT_EQ(order_.positions(), (std::vector<FramePosition>{{kBoot, 5, "ingest:7"}, {8, 1, "ingest:8"}}));
  EXPECT_EQ(order_.lost(), 0U);
}

TEST_F(Order, FramesWithoutNumbersComeOutAsTheyCome) {
  EXPECT_EQ(take(0), Taken::kYes);
  EXPECT_EQ(take(0), Taken::kYes);
  EXPECT_EQ(given(), (Numbers{0, 0}));
  EXPECT_EQ(fetch(), std::nullopt);
}

}  // namespace
}  // namespace stream::logic
