#include "claims.hpp"

#include <gtest/gtest.h>

#include "flaky_bus.hpp"
#include "stream/bus/memory_bus.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::reporter {
namespace {

using Found = Claims::Found;
using Written = Claims::Written;
using std::chrono::milliseconds;

constexpr std::string_view kQueue = "alarms";

class ClaimsTest : public testing::Test {
 protected:
  Peers peers(const std::string& name, std::uint64_t boot) {
    return {name, boot, [this] { return live_; }};
  }
  static NodeRecord node(const std::string& name, std::uint64_t boot) {
    NodeRecord record;
    record.node = name;
    record.role = "reporter";
    record.boot = boot;
    return record;
  }
  // One attempt more, claimed by `claims`.
  static Written begin(const Claims& claims, Claim& claim) {
    auto record = claims.owned(claim.record);
    ++record.attempts;
    return claims.write(claim, record);
  }
  std::size_t records() { return memory_->list(topics::kDeliveryKeys)->size(); }

  const std::unique_ptr<bus::Bus> memory_ = bus::make_memory_bus();
  test::FlakyBus bus_{*memory_};
  std::vector<NodeRecord> live_{node("one", 1), node("two", 2)};
  const Claims one_{bus_, peers("one", 1)};
  const Claims two_{bus_, peers("two", 2)};
  Claim mine_ = Claims::claim_of("a:0:x:1");
  Claim theirs_ = Claims::claim_of("a:0:x:1");
};

TEST_F(ClaimsTest, OnlyOneOfTwoGetsTheAlarm) {
  EXPECT_EQ(begin(one_, mine_), Written::kYes);
  EXPECT_EQ(begin(two_, theirs_), Written::kConflict);
  EXPECT_EQ(two_.look(theirs_, false), Found::kTaken);
}

TEST_F(ClaimsTest, ClaimOfADeadNodeIsTakenOverWithItsAttempts) {
  ASSERT_EQ(begin(one_, mine_), Written::kYes);
  live_ = {node("two", 2)};
  ASSERT_EQ(two_.look(theirs_, false), Found::kFree);
  EXPECT_EQ(theirs_.record.attempts, 1U);
  EXPECT_EQ(begin(two_, theirs_), Written::kYes);
  EXPECT_EQ(theirs_.record.attempts, 2U);
  EXPECT_EQ(begin(one_, mine_), Written::kConflict) << "the sleeper is fenced off";
}

TEST_F(ClaimsTest, NodeThatWasStartedAgainDoesNotHoldWhatItsFormerSelfClaimed) {
  ASSERT_EQ(begin(one_, mine_), Written::kYes);
  live_ = {node("one", 7), node("two", 2)};
  EXPECT_EQ(two_.look(theirs_, false), Found::kFree);
}

TEST_F(ClaimsTest, OwnClaimIsStaleUnlessTheAlarmIsAtWorkHere) {
  ASSERT_EQ(begin(one_, mine_), Written::kYes);
  EXPECT_EQ(one_.look(mine_, true), Found::kTaken);
  EXPECT_EQ(one_.look(mine_, false), Found::kFree);
}

TEST_F(ClaimsTest, ReleasedAlarmIsFreeAndKeepsWhatIsKnown) {
  ASSERT_EQ(begin(one_, mine_), Written::kYes);
  auto record = mine_.record;
  record.delivered = {2};
  record.failed_rounds = 1;
  ASSERT_EQ(one_.write(mine_, Claims::released(record)), Written::kYes);
  ASSERT_EQ(two_.look(theirs_, false), Found::kFree);
  EXPECT_EQ(theirs_.record.delivered, std::vector<std::uint32_t>{2});
  EXPECT_EQ(theirs_.record.failed_rounds, 1U);
}

TEST_F(ClaimsTest, DoneIsDoneForEverybody) {
  ASSERT_EQ(begin(one_, mine_), Written::kYes);
  auto record = one_.owned(mine_.record);
  record.done = true;
  ASSERT_EQ(one_.write(mine_, record), Written::kYes);
  ASSERT_EQ(two_.look(theirs_, false), Found::kDone);
  two_.remove(theirs_);
  EXPECT_EQ(records(), 0U);
}

TEST_F(ClaimsTest, LostAnswerToAWriteThatWasDoneIsFoundOut) {
  bus_.lost_cas_answers = 1;
  EXPECT_EQ(begin(one_, mine_), Written::kYes);
  EXPECT_EQ(begin(one_, mine_), Written::kYes) << "the revision is known";
}

TEST_F(ClaimsTest, WriteThatWasNotDoneIsToBeRepeated) {
  bus_.refused_cas = 1;
  auto record = one_.owned(mine_.record);
  EXPECT_EQ(one_.write(mine_, record), Written::kNoAnswer);
  EXPECT_EQ(one_.write(mine_, record), Written::kYes);
}

TEST_F(ClaimsTest, RepeatedWriteAfterALostAnswerIsOnlyOne) {
  bus_.lost_cas_answers = 1;
  bus_.failing_gets = 1;
  const auto record = one_.owned(mine_.record);
  EXPECT_EQ(one_.write(mine_, record), Written::kNoAnswer);
  EXPECT_EQ(one_.write(mine_, record), Written::kYes);
}

TEST_F(ClaimsTest, SweepRemovesRecordsOfAlarmsThatAreGoneAndNothingElse) {
  const auto store = [&](const std::string& id, bool queued, const Claims& claims) {
    auto claim = Claims::claim_of(id);
    ASSERT_EQ(begin(claims, claim), Written::kYes);
    if (queued) {
      ASSERT_EQ(memory_->enqueue(kQueue, id, "x"), bus::EnqueueResult::kStored);
    }
  };
  const Claims dead(bus_, peers("dead", 9));
  store("gone-dead", false, dead);
  store("queued-dead", true, dead);
  store("gone-own", false, one_);
  store("at-work", false, one_);
  store("gone-two", false, two_);
  const auto at_work = [](const std::string& id) { return id == "at-work"; };
  EXPECT_EQ(one_.sweep(kQueue, at_work).value(), 2U);
  std::vector<std::string> left;
  const auto entries = memory_->list(topics::kDeliveryKeys).value();
  for (const auto& entry : entries) left.push_back(entry.key);
  EXPECT_EQ(left, (std::vector<std::string>{"rep/at-work", "rep/gone-two", "rep/queued-dead"}));
  EXPECT_EQ(two_.sweep(kQueue, [](const std::string&) { return false; }).value(), 1U) << "its own";
}

}  // namespace
}  // namespace stream::reporter
