#include "heartbeat.hpp"

#include <gtest/gtest.h>

#include "stream/schemas/codec.hpp"

namespace stream::ownership {
namespace {

using std::chrono::milliseconds;
using Cas = bus::CasResult::Outcome;

constexpr MembershipOptions kOptions{milliseconds(300), milliseconds(1500)};

NodeRecord record(const std::string& node, std::uint64_t counter = 0) {
  NodeRecord r;
  r.role = "logic";
  r.node = node;
  r.boot = 7;
  r.counter = counter;
  return r;
}

class HeartbeatTest : public ::testing::Test {
 protected:
  void comes_back() { heartbeat_.take({{{"nd/logic/a", heartbeat_.next_write().value, 1, false}}, false}); }
  void see_peer(std::uint64_t counter) {
    heartbeat_.take({{{"nd/logic/b", encode(record("b", counter)), 2, false}}, false});
  }

  Heartbeat heartbeat_{record("a"), kOptions};
};

TEST_F(HeartbeatTest, EachWriteHasALargerCounterAndTheRevisionOfTheLastOne) {
  const auto first = heartbeat_.next_write();
  EXPECT_EQ(first.expected, 0U);
  EXPECT_FALSE(heartbeat_.written({Cas::kDone, 5}));
  const auto second = heartbeat_.next_write();
  EXPECT_EQ(second.expected, 5U);
  EXPECT_GT(decode<NodeRecord>(second.value)->counter, decode<NodeRecord>(first.value)->counter);
}

TEST_F(HeartbeatTest, AConflictIsAnsweredByAWriteOverWhatStandsThere) {
  const auto write = heartbeat_.next_write();
  const auto again = heartbeat_.written({Cas::kConflict, 9});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->expected, 9U);
  EXPECT_EQ(again->value, write.value);
  EXPECT_FALSE(heartbeat_.written({Cas::kUnknown, 0}));
}

TEST_F(HeartbeatTest, WeAreAMemberWhenOurRecordCameBack) {
  EXPECT_FALSE(heartbeat_.joined());
  comes_back();
  EXPECT_TRUE(heartbeat_.joined());
}

TEST_F(HeartbeatTest, NobodyGrowsOlderWhileOurWritesDoNotComeBack) {
  see_peer(1);
  for (int i = 0; i < 100; ++i) heartbeat_.age(milliseconds(300));
  EXPECT_TRUE(heartbeat_.live().contains("nd/logic/b"));
}

TEST_F(HeartbeatTest, FiveOfOurWritesWithoutOneOfThePeersAreItsDeath) {
  see_peer(1);
  comes_back();
  heartbeat_.age(milliseconds(300));  // in which it was heard
  for (int i = 0; i < 4; ++i) {
    comes_back();
    heartbeat_.age(milliseconds(300));
  }
  EXPECT_TRUE(heartbeat_.live().contains("nd/logic/b"));
  comes_back();
  heartbeat_.age(milliseconds(300));
  EXPECT_FALSE(heartbeat_.live().contains("nd/logic/b"));
  see_peer(2);
  EXPECT_TRUE(heartbeat_.live().contains("nd/logic/b"));
}

TEST_F(HeartbeatTest, ALongWaitAgesByOneIntervalOnly) {
  see_peer(1);
  for (int i = 0; i < 4; ++i) {
    comes_back();
    heartbeat_.age(milliseconds(60000));
  }
  EXPECT_TRUE(heartbeat_.live().contains("nd/logic/b"));
}

}  // namespace
}  // namespace stream::ownership
