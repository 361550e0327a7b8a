#include "peer_table.hpp"

#include <gtest/gtest.h>

#include "stream/schemas/codec.hpp"

namespace stream::ownership {
namespace {

using std::chrono::milliseconds;

bus::Entry entry(const std::string& key, std::uint64_t counter) {
  NodeRecord record;
  record.node = key;
  record.boot = 7;
  record.counter = counter;
  return {key, encode(record), counter, false};
}

std::string keys(const PeerTable& table) {
  std::string out;
  for (const auto& [key, record] : table.live()) out += key + " ";
  return out;
}

class PeerTableTest : public ::testing::Test {
 protected:
  PeerTableTest() { hear({{entry("a", 1), entry("b", 1)}, true}); }

  // Time passes in which that is heard.
  void hear(const bus::Watch::Changes& changes) {
    table_.take(changes);
    table_.age(milliseconds(300));
  }

  PeerTable table_{"a", milliseconds(1500)};
};

TEST_F(PeerTableTest, APeerDiesWhenItsCounterStandsStillAndWeDoNot) {
  table_.age(milliseconds(1499));
  EXPECT_EQ(keys(table_), "a b ");
  table_.age(milliseconds(1));
  EXPECT_EQ(keys(table_), "a ");
}

// Both write every 300 ms: the time that is told first after a write may have passed before it.
TEST_F(PeerTableTest, TheTimeInWhichAPeerWasHeardIsNotHeldAgainstIt) {
  hear({{entry("b", 2)}, false});
  for (int i = 0; i < 4; ++i) table_.age(milliseconds(300));
  EXPECT_EQ(keys(table_), "a b ") << "after 1.2 s of silence";
  table_.age(milliseconds(300));
  EXPECT_EQ(keys(table_), "a ");
}

TEST_F(PeerTableTest, TheDeadAreKnownUntilTheyAreGone) {
  table_.age(milliseconds(1500));
  ASSERT_EQ(table_.all().size(), 2U);
  EXPECT_TRUE(table_.all()[0].live);
  EXPECT_EQ(table_.all()[0].silence, milliseconds(0)) << "we do not grow old";
  EXPECT_FALSE(table_.all()[1].live);
  EXPECT_EQ(table_.all()[1].silence, milliseconds(1500));
  table_.take({{{"b", "", 2, true}}, false});
  EXPECT_EQ(table_.all().size(), 1U);
}

TEST_F(PeerTableTest, TheSameRecordSeenAgainIsNoSignOfLife) {
  table_.age(milliseconds(1000));
  table_.take({{entry("b", 1)}, false});
  table_.age(milliseconds(1000));
  EXPECT_EQ(keys(table_), "a ");
  table_.take({{entry("b", 2)}, false});
  EXPECT_EQ(keys(table_), "a b ");
}

TEST_F(PeerTableTest, ARestartedBrokerThatKnowsNobodyKillsNobodyAtOnce) {
  table_.take({{entry("a", 2)}, true});
  EXPECT_EQ(keys(table_), "a b ");
  hear({{entry("b", 2)}, false});
  table_.age(milliseconds(1499));
  EXPECT_EQ(keys(table_), "a b ");
  table_.take({{}, true});
  table_.age(milliseconds(1));
  EXPECT_EQ(keys(table_), "a ");
}

TEST_F(PeerTableTest, WhoSaysGoodbyeIsGoneAtOnce) {
  table_.take({{{"b", "", 9, true}}, false});
  EXPECT_EQ(keys(table_), "a ");
}

TEST_F(PeerTableTest, RubbishIsPassedOver) {
  table_.take({{{"c", "rubbish", 9, false}}, false});
  EXPECT_EQ(keys(table_), "a b ");
}

}  // namespace
}  // namespace stream::ownership
