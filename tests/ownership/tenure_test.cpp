#include "stream/ownership/tenure.hpp"

#include <gtest/gtest.h>

#include <set>

#include "stream/schemas/codec.hpp"

namespace stream::ownership {
namespace {

using std::chrono::milliseconds;
using Cas = bus::CasResult::Outcome;
using bus::EnqueueResult;

// One Tenure of process 11 of node "me", whose calls the test answers.
class TenureTest : public ::testing::Test {
 protected:
  static OwnedState owned(const std::string& owner, std::uint64_t boot,
                          std::vector<OutboxEntry> outbox = {}) {
    return {7, owner, boot, "found", std::move(outbox)};
  }
  static OutboxEntry entry(const std::string& id) { return {id, "payload of " + id}; }
  static std::string ids(const std::vector<OutboxEntry>& entries) {
    std::string out;
    for (const OutboxEntry& e : entries) out += e.id + " ";
    return out;
  }

  // ---- the next call must be of that kind
  std::optional<Call> next() { return tenure_.next(now_); }
  bool reads() {
    const auto call = next();
    return call && std::holds_alternative<ReadState>(*call);
  }
  // Its value; with `expected` as the revision. Empty: no such write.
  std::optional<OwnedState> writes(bus::Revision expected) {
    const auto call = next();
    const auto* write = call ? std::get_if<WriteState>(&*call) : nullptr;
    if (write == nullptr || write->expected != expected || !write->value) return std::nullopt;
    return *decode<OwnedState>(*write->value);
  }
  bool deletes(bus::Revision expected) {
    const auto call = next();
    const auto* write = call ? std::get_if<WriteState>(&*call) : nullptr;
    return write != nullptr && write->expected == expected && !write->value;
  }
  std::string enqueues() {
    const auto call = next();
    const auto* enqueue = call ? std::get_if<EnqueueEntry>(&*call) : nullptr;
    return enqueue == nullptr ? "" : enqueue->entry.id;
  }

  // ---- what comes of it
  void found(const OwnedState& state, bus::Revision revision) { found_bytes(encode(state), revision); }
  void found_bytes(const std::string& bytes, bus::Revision revision) {
    tenure_.answered(Result<std::optional<bus::Entry>>(bus::Entry{"st/t/0", bytes, revision, false}), now_);
  }
  void found_nothing() { tenure_.answered(Result<std::optional<bus::Entry>>(std::nullopt), now_); }
  void no_answer_to_read() {
    tenure_.answered(Result<std::optional<bus::Entry>>(fail(ErrorCode::kUnavailable, "away")), now_);
  }
  void written(Cas outcome, bus::Revision revision = 0) {
    tenure_.answered(bus::CasResult{outcome, revision}, now_);
  }
  void enqueued(EnqueueResult result) { tenure_.answered(result, now_); }
  void pass(milliseconds time) { now_ += time; }

  void acquire() {
    tenure_.acquire([this]() -> std::optional<std::string> {
      if (!may_begin_) return std::nullopt;
      return "first" + std::to_string(++firsts_);
    });
  }
  // Owner in epoch 8 at revision 5, with nothing in the outbox.
  void own() {
    acquire();
    ASSERT_TRUE(reads());
    found(owned("", 0), 4);
    ASSERT_TRUE(writes(4));
    written(Cas::kDone, 5);
    ASSERT_TRUE(tenure_.ready());
  }
  // The same, and "a" is staged and its write is out.
  OwnedState commit_a() {
    own();
    tenure_.stage("after a", {entry("a")});
    const auto value = writes(5);
    EXPECT_TRUE(value);
    return value.value_or(OwnedState());
  }

  std::set<std::pair<std::string, std::uint64_t>> live_{{"me", 11}, {"other", 22}};
  bool may_begin_ = true;
  int firsts_ = 0;
  Tenure::Time now_{std::chrono::hours(1)};
  Tenure tenure_{{"me", 11}, [this](std::string_view node, std::uint64_t boot) {
                   return live_.contains({std::string(node), boot});
                 }};
};

// ---- taking over

TEST_F(TenureTest, WithoutAWishNothingIsDone) {
  EXPECT_FALSE(next());
  EXPECT_TRUE(tenure_.idle());
}

TEST_F(TenureTest, WhatHasNoStateBeginsWithTheFirstOne) {
  acquire();
  ASSERT_TRUE(reads());
  found_nothing();
  const auto value = writes(0);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, (OwnedState{1, "me", 11, "first1", {}}));
  EXPECT_FALSE(tenure_.owner());
  written(Cas::kDone, 1);
  EXPECT_TRUE(tenure_.ready());
  EXPECT_EQ(tenure_.state(), "first1");
  EXPECT_EQ(tenure_.epoch(), 1U);
}

TEST_F(TenureTest, EachAttemptToBeginHasAFirstStateOfItsOwn) {
  acquire();
  ASSERT_TRUE(reads());
  found_nothing();
  ASSERT_TRUE(writes(0));
  written(Cas::kUnknown);
  pass(milliseconds(50));
  ASSERT_TRUE(reads());
  found_nothing();
  EXPECT_EQ(writes(0)->state, "first2");
}

TEST_F(TenureTest, WhatMayNotBeginYetIsLookedAtAgainSoon) {
  may_begin_ = false;
  acquire();
  ASSERT_TRUE(reads());
  found_nothing();
  EXPECT_FALSE(next());
  may_begin_ = true;
  pass(milliseconds(50));
  ASSERT_TRUE(reads());
  found_nothing();
  EXPECT_TRUE(writes(0));
}

TEST_F(TenureTest, WhatWasReleasedGoesOnFromItsState) {
  own();
  EXPECT_EQ(tenure_.state(), "found");
  EXPECT_EQ(tenure_.epoch(), 8U);
}

TEST_F(TenureTest, WhatADeadNodeOwnsIsTakenAtOnce) {
  acquire();
  ASSERT_TRUE(reads());
  found(owned("gone", 33), 4);
  EXPECT_EQ(writes(4)->owner, "me");
}

TEST_F(TenureTest, WhatOurFormerProcessOwnedIsTakenAtOnce) {
  acquire();
  ASSERT_TRUE(reads());
  found(owned("me", 10), 4);
  EXPECT_EQ(writes(4)->owner_boot, 11U);
}

TEST_F(TenureTest, WhatALiveNodeOwnsIsWaitedFor) {
  acquire();
  ASSERT_TRUE(reads());
  found(owned("other", 22), 4);
  EXPECT_TRUE(tenure_.is_anothers());
  pass(milliseconds(299));
  EXPECT_FALSE(next());
  pass(milliseconds(1));
  ASSERT_TRUE(reads());
  found(owned("", 0), 5);
  EXPECT_TRUE(writes(5));
}

TEST_F(TenureTest, ALiveOwnerThatDoesNothingForLongIsNotWaitedFor) {
  acquire();
  for (int i = 0; i < 100; ++i, pass(milliseconds(300))) {
    ASSERT_TRUE(reads()) << i;
    found(owned("other", 22), 4);
  }
  ASSERT_TRUE(reads());
  found(owned("other", 22), 4);
  EXPECT_EQ(writes(4)->owner, "me");
}

TEST_F(TenureTest, ALiveOwnerThatSavesIsWaitedFor) {
  acquire();
  for (bus::Revision i = 0; i < 300; ++i, pass(milliseconds(300))) {
    ASSERT_TRUE(reads()) << i;
    found(owned("other", 22), 4 + i / 50);
  }
  EXPECT_TRUE(tenure_.is_anothers());
}

TEST_F(TenureTest, WhoeverIsFasterOwnsIt) {
  acquire();
  ASSERT_TRUE(reads());
  found(owned("", 0), 4);
  ASSERT_TRUE(writes(4));
  written(Cas::kConflict, 5);
  ASSERT_TRUE(reads());
  found(owned("other", 22), 5);
  EXPECT_FALSE(tenure_.owner());
  EXPECT_TRUE(tenure_.is_anothers());
}

TEST_F(TenureTest, ATakeOverWithoutAnswerThatWasDoneIsRepeatedInANewEpoch) {
  acquire();
  ASSERT_TRUE(reads());
  found(owned("", 0), 4);
  const auto first = writes(4);
  written(Cas::kUnknown);
  pass(milliseconds(50));
  ASSERT_TRUE(reads());
  found(*first, 5);
  EXPECT_EQ(writes(5)->epoch, 9U);
  written(Cas::kDone, 6);
  EXPECT_TRUE(tenure_.ready());
}

TEST_F(TenureTest, ATakeOverThatLandsWhenItIsNotWantedAnyMoreIsGivenBack) {
  acquire();
  ASSERT_TRUE(reads());
  found(owned("", 0), 4);
  const auto first = writes(4);
  tenure_.release();
  written(Cas::kUnknown);
  EXPECT_FALSE(tenure_.idle());
  pass(milliseconds(50));
  ASSERT_TRUE(reads());
  found(*first, 5);
  EXPECT_FALSE(tenure_.idle());
  EXPECT_EQ(writes(5)->owner, "");
  written(Cas::kDone, 6);
  EXPECT_TRUE(tenure_.idle());
}

TEST_F(TenureTest, AStateThatCannotBeReadIsBegunAnew) {
  acquire();
  ASSERT_TRUE(reads());
  found_bytes("rubbish", 4);
  EXPECT_EQ(writes(4)->state, "first1");
}

TEST_F(TenureTest, WhatIsFoundInTheOutboxIsEnqueuedBeforeTheWorkGoesOn) {
  acquire();
  ASSERT_TRUE(reads());
  found(owned("gone", 33, {entry("a"), entry("b")}), 4);
  ASSERT_TRUE(writes(4));
  written(Cas::kDone, 5);
  EXPECT_TRUE(tenure_.owner());
  EXPECT_FALSE(tenure_.ready());
  EXPECT_FALSE(tenure_.can_stage());
  EXPECT_EQ(enqueues(), "a");
  enqueued(EnqueueResult::kDuplicate);
  EXPECT_FALSE(tenure_.ready());
  EXPECT_EQ(enqueues(), "b");
  enqueued(EnqueueResult::kStored);
  EXPECT_TRUE(tenure_.ready());
}

TEST_F(TenureTest, ReadsWithoutAnswerAreRepeatedMoreAndMoreSlowly) {
  acquire();
  for (const int delay : {50, 100, 200, 400, 800, 1600, 2000, 2000}) {
    ASSERT_TRUE(reads()) << delay;
    no_answer_to_read();
    pass(milliseconds(delay - 1));
    EXPECT_FALSE(next()) << delay;
    pass(milliseconds(1));
  }
  EXPECT_TRUE(reads());
}

// ---- committing

TEST_F(TenureTest, ADecisionIsCommittedThenEnqueuedThenCleared) {
  const OwnedState value = commit_a();
  EXPECT_EQ(value.state, "after a");
  EXPECT_EQ(value.outbox, std::vector{entry("a")});
  EXPECT_FALSE(next());  // one call at a time
  written(Cas::kDone, 6);
  EXPECT_EQ(enqueues(), "a");
  enqueued(EnqueueResult::kStored);
  EXPECT_EQ(tenure_.pending(), 0U);
  EXPECT_FALSE(next());
  pass(milliseconds(1000));
  const auto cleared = writes(6);
  ASSERT_TRUE(cleared);
  EXPECT_TRUE(cleared->outbox.empty());
}

TEST_F(TenureTest, AStateWithoutDecisionsIsSavedNowAndThen) {
  own();
  tenure_.stage("1", {});
  EXPECT_FALSE(next());
  pass(milliseconds(1000));
  EXPECT_EQ(writes(5)->state, "1");
  written(Cas::kDone, 6);
  pass(milliseconds(1000));
  EXPECT_FALSE(next());
}

TEST_F(TenureTest, WhatIsStagedWhileAWriteIsOutGoesWithTheNextOne) {
  commit_a();
  tenure_.stage("after b", {entry("b")});
  written(Cas::kDone, 6);
  const auto second = writes(6);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->state, "after b");
  EXPECT_EQ(ids(second->outbox), "a b ");
}

TEST_F(TenureTest, AWriteWithoutAnswerThatWasDoneIsNotRepeated) {
  const OwnedState value = commit_a();
  written(Cas::kUnknown);
  EXPECT_FALSE(next());
  pass(milliseconds(50));
  ASSERT_TRUE(reads());
  found(value, 6);
  EXPECT_EQ(enqueues(), "a");
}

TEST_F(TenureTest, AWriteWithoutAnswerThatWasNotDoneIsRepeated) {
  commit_a();
  written(Cas::kUnknown);
  pass(milliseconds(50));
  ASSERT_TRUE(reads());
  found({8, "me", 11, "found", {}}, 5);
  EXPECT_EQ(ids(writes(5)->outbox), "a ");
}

TEST_F(TenureTest, AWriteWithoutAnswerThatIsDoneLaterIsFoundByTheConflict) {
  const OwnedState late = commit_a();
  written(Cas::kUnknown);
  pass(milliseconds(50));
  ASSERT_TRUE(reads());
  found({8, "me", 11, "found", {}}, 5);
  tenure_.stage("after b", {entry("b")});
  EXPECT_EQ(ids(writes(5)->outbox), "a b ");
  written(Cas::kConflict, 6);
  ASSERT_TRUE(reads());
  found(late, 6);
  EXPECT_TRUE(tenure_.owner());
  EXPECT_EQ(enqueues(), "a");
  enqueued(EnqueueResult::kStored);
  const auto rest = writes(6);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->state, "after b");
  EXPECT_EQ(ids(rest->outbox), "b ");
}

TEST_F(TenureTest, WhoeverFindsItselfReplacedDropsWhatItDecided) {
  commit_a();
  written(Cas::kConflict, 6);
  ASSERT_TRUE(reads());
  found({9, "other", 22, "theirs", {}}, 6);
  EXPECT_FALSE(tenure_.owner());
  EXPECT_EQ(tenure_.pending(), 0U);
  EXPECT_EQ(tenure_.times_lost(), 1U);
  EXPECT_TRUE(reads());
}

TEST_F(TenureTest, WhatIsLostAndTakenAgainHasAnotherEpoch) {
  commit_a();
  const auto before = tenure_.epoch();
  written(Cas::kConflict, 6);
  ASSERT_TRUE(reads());
  found({8, "", 0, "theirs", {}}, 6);
  ASSERT_TRUE(reads());
  found({8, "", 0, "theirs", {}}, 6);
  ASSERT_TRUE(writes(6));
  written(Cas::kDone, 7);
  EXPECT_NE(tenure_.epoch(), before);
  EXPECT_EQ(tenure_.state(), "theirs");
}

TEST_F(TenureTest, AnOwnerWithNothingToWriteLooksNowAndThenWhetherItStillIsOne) {
  own();
  pass(milliseconds(9999));
  EXPECT_FALSE(next());
  pass(milliseconds(1));
  ASSERT_TRUE(reads());
  found({8, "me", 11, "found", {}}, 5);
  EXPECT_TRUE(tenure_.ready());
  EXPECT_FALSE(next());
  pass(milliseconds(10000));
  ASSERT_TRUE(reads());
  found({9, "other", 22, "theirs", {}}, 6);
  EXPECT_FALSE(tenure_.owner());
}

// ---- no room

TEST_F(TenureTest, AFullDiskStopsTheWorkUntilAWriteGoesWell) {
  commit_a();
  written(Cas::kFull);
  EXPECT_TRUE(tenure_.congested());
  EXPECT_FALSE(next());
  pass(milliseconds(50));
  EXPECT_TRUE(writes(5));
  written(Cas::kDone, 6);
  EXPECT_FALSE(tenure_.congested());
}

TEST_F(TenureTest, WhatIsCommittedIsEnqueuedFirstWhenTheStateFindsNoRoom) {
  commit_a();
  tenure_.stage("after b", {entry("b")});
  written(Cas::kDone, 6);
  ASSERT_TRUE(writes(6));
  written(Cas::kFull);
  pass(milliseconds(50));
  EXPECT_EQ(enqueues(), "a");
  enqueued(EnqueueResult::kStored);
  EXPECT_EQ(ids(writes(6)->outbox), "b ");
}

TEST_F(TenureTest, WhatTheQueueRefusesIsEnqueuedAgain) {
  commit_a();
  written(Cas::kDone, 6);
  for (const auto result : {EnqueueResult::kFull, EnqueueResult::kUnknown}) {
    EXPECT_EQ(enqueues(), "a");
    enqueued(result);
    EXPECT_TRUE(tenure_.congested());
    EXPECT_FALSE(next());
    pass(milliseconds(100));
  }
  EXPECT_EQ(enqueues(), "a");
  enqueued(EnqueueResult::kStored);
  EXPECT_FALSE(tenure_.congested());
}

TEST_F(TenureTest, TooManyPendingDecisionsAreCongestion) {
  own();
  for (int i = 0; i < 63; ++i) tenure_.stage("s", {entry(std::to_string(i))});
  EXPECT_FALSE(tenure_.congested());
  tenure_.stage("s", {entry("63")});
  EXPECT_TRUE(tenure_.congested());
}

TEST_F(TenureTest, PendingDecisionsThatWouldNotFitIntoOneWriteAreCongestion) {
  own();
  OutboxEntry large = entry("a");
  large.payload.assign((std::size_t{8} << 20) - 1, 'x');
  tenure_.stage("s", {large});
  EXPECT_FALSE(tenure_.congested());
  tenure_.stage("s", {entry("b")});
  EXPECT_TRUE(tenure_.congested());
}

// ---- letting go

TEST_F(TenureTest, ReleasingCommitsAndEnqueuesAndThenLetsGo) {
  own();
  tenure_.stage("after a", {entry("a")});
  tenure_.release();
  EXPECT_FALSE(tenure_.ready());
  EXPECT_EQ(ids(writes(5)->outbox), "a ");
  written(Cas::kDone, 6);
  EXPECT_EQ(enqueues(), "a");
  enqueued(EnqueueResult::kStored);
  EXPECT_EQ(writes(6), (OwnedState{8, "", 0, "after a", {}}));
  EXPECT_FALSE(tenure_.can_stage());
  written(Cas::kDone, 7);
  EXPECT_TRUE(tenure_.idle());
}

TEST_F(TenureTest, WhatCannotBeEnqueuedStaysForTheNextOwner) {
  commit_a();
  written(Cas::kDone, 6);
  EXPECT_EQ(enqueues(), "a");
  tenure_.release();
  enqueued(EnqueueResult::kFull);
  pass(milliseconds(50));
  EXPECT_EQ(writes(6), (OwnedState{8, "", 0, "after a", {entry("a")}}));
  written(Cas::kDone, 7);
  EXPECT_TRUE(tenure_.idle());
}

TEST_F(TenureTest, WhoeverIsWantedAgainBeforeItLetGoStays) {
  own();
  tenure_.release();
  EXPECT_FALSE(tenure_.ready());
  acquire();
  EXPECT_TRUE(tenure_.ready());
  EXPECT_FALSE(next());
}

TEST_F(TenureTest, ErasingEnqueuesAndThenDeletes) {
  own();
  tenure_.stage("after a", {entry("a")});
  tenure_.erase();
  EXPECT_TRUE(writes(5));
  written(Cas::kDone, 6);
  EXPECT_EQ(enqueues(), "a");
  enqueued(EnqueueResult::kStored);
  EXPECT_TRUE(deletes(6));
  written(Cas::kUnknown);
  pass(milliseconds(50));
  ASSERT_TRUE(reads());
  found_nothing();
  ASSERT_TRUE(reads());
  found_nothing();
  EXPECT_TRUE(tenure_.idle());
}

TEST_F(TenureTest, ErasingNeverLeavesADecisionToANextOwner) {
  commit_a();
  written(Cas::kDone, 6);
  tenure_.erase();
  EXPECT_EQ(enqueues(), "a");
  enqueued(EnqueueResult::kFull);
  pass(milliseconds(50));
  EXPECT_EQ(enqueues(), "a");
}

TEST_F(TenureTest, WhatADeadNodeLeftIsErasedWithItsOutboxEnqueued) {
  tenure_.erase();
  ASSERT_TRUE(reads());
  found(owned("gone", 33, {entry("a")}), 4);
  ASSERT_TRUE(writes(4));
  written(Cas::kDone, 5);
  EXPECT_EQ(enqueues(), "a");
  enqueued(EnqueueResult::kStored);
  EXPECT_TRUE(deletes(5));
}

TEST_F(TenureTest, WhatIsErasedIsNotTakenFromALiveNode) {
  tenure_.erase();
  ASSERT_TRUE(reads());
  found(owned("other", 22), 4);
  EXPECT_FALSE(next());
  pass(milliseconds(300));
  ASSERT_TRUE(reads());
  found_nothing();
  EXPECT_TRUE(tenure_.idle());
}

TEST_F(TenureTest, ErasingSparesTheStateOfATaskThatWasMadeAnew) {
  tenure_.erase([](const std::string& state) { return state == "old"; });
  ASSERT_TRUE(reads());
  found(owned("gone", 33), 4);
  EXPECT_TRUE(tenure_.idle());
}

TEST_F(TenureTest, WhatIsOursAndOfATaskThatWasMadeAnewIsLetGo) {
  own();
  tenure_.erase([](const std::string& state) { return state == "old"; });
  EXPECT_EQ(writes(5), (OwnedState{8, "", 0, "found", {}}));
  written(Cas::kDone, 6);
  EXPECT_TRUE(tenure_.idle());
}

}  // namespace
}  // namespace stream::ownership
