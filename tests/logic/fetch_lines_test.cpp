#include "fetch_lines.hpp"

#include <gtest/gtest.h>

namespace stream::logic {
namespace {

using namespace std::chrono_literals;

class Lines : public ::testing::Test {
 protected:
  void add(const std::string& address, int times = 1) {
    for (; times > 0; --times) lines_.add(address, {});
  }
  // Whose turn it is, "-a" when it gives up, "" when there is none.
  std::string next() {
    const auto turn = lines_.next(now_);
    if (!turn) return "";
    return turn->asks ? turn->address : "-" + turn->address;
  }
  // All turns that there are now.
  std::string all() {
    std::string turns;
    for (auto turn = next(); !turn.empty(); turn = next()) turns += turn;
    return turns;
  }
  void heard(const std::string& address) { lines_.ended(address, true, now_); }
  void timed_out(const std::string& address) { lines_.ended(address, false, now_); }

  FetchLines lines_{{2, 4s, 2s}};
  FetchLines::Time now_{1000s};
};

TEST_F(Lines, AddressHasOnlySoManyRequestsUnderWay) {
  add("a", 5);
  add("b", 1);
  EXPECT_EQ(all(), "aba");
  heard("a");
  EXPECT_EQ(all(), "a");
  heard("b");
  EXPECT_EQ(all(), "");
}

TEST_F(Lines, JobsOfALineComeInTheirOrder) {
  std::string order;
  for (const char* name : {"1", "2"}) lines_.add("a", {[] { return true; }, [&, name] { order += name; }});
  for (int i = 0; i < 2; ++i) lines_.next(now_)->job.then();
  EXPECT_EQ(order, "12");
}

TEST_F(Lines, WhatWaitsAtAnAddressThatAnswersIsAskedHoweverLongItTakes) {
  add("a", 20);
  EXPECT_EQ(all(), "aa");
  for (int i = 0; i < 18; ++i) {
    now_ += 3s;
    heard("a");
    EXPECT_EQ(all(), "a");
  }
}

TEST_F(Lines, LineOfASilentAddressGivesUpAndNoOther) {
  add("a", 5);
  add("b", 3);
  EXPECT_EQ(all(), "abab");
  now_ += 2s;
  timed_out("a");
  heard("b");
  EXPECT_EQ(all(), "ab") << "one that timed out says little";
  now_ += 2s;
  heard("b");
  timed_out("a");
  EXPECT_EQ(all(), "-a-a");
  add("a");
  EXPECT_EQ(all(), "-a") << "nobody waits for it any more";
}

TEST_F(Lines, SilentAddressIsAskedAgainAfterAWhile) {
  add("a", 2);
  EXPECT_EQ(all(), "aa");
  now_ += 4s;
  timed_out("a");
  timed_out("a");
  now_ += 1999ms;
  add("a");
  EXPECT_EQ(all(), "-a");
  now_ += 1ms;
  add("a", 3);
  EXPECT_EQ(all(), "aa");
  now_ += 2s;
  timed_out("a");
  EXPECT_EQ(all(), "a") << "its silence is counted anew";
}

TEST_F(Lines, AnyAnswerEndsASilence) {
  add("a", 2);
  EXPECT_EQ(all(), "aa");
  now_ += 5s;
  add("a");
  EXPECT_EQ(next(), "-a");
  heard("a");
  add("a", 2);
  EXPECT_EQ(all(), "a");
  now_ += 3999ms;
  heard("a");
  EXPECT_EQ(all(), "a");
}

TEST_F(Lines, TimeInWhichNobodyAsksIsNoSilence) {
  add("a");
  EXPECT_EQ(all(), "a");
  now_ += 2s;
  timed_out("a");
  now_ += 1h;
  add("a", 3);
  EXPECT_EQ(all(), "aa");
}

}  // namespace
}  // namespace stream::logic
