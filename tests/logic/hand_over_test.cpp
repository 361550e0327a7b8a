// Several nodes: work goes from one to the other, and every plate alarms exactly once.
#include <gtest/gtest.h>

#include <algorithm>

#include "node_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/ownership/rendezvous.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::logic {
namespace {

class HandOver : public NodeTest {
 protected:
  // Two nodes, of which the first works on task "t".
  void start_both() {
    put(plate_task("t"));
    auto one = start("a");
    EXPECT_TRUE(wait_for_consumer("t"));
    auto another = start("b");
    const auto has_it = [](const auto& running) { return running->gauge("tasks") == 1; };
    ASSERT_TRUE(eventually([&] { return has_it(one) != has_it(another); }));
    // Whose it should be does not depend on who came first.
    ASSERT_TRUE(eventually([&] {
      return owner() == should_own_ && one->node->not_ready().empty() && another->node->not_ready().empty() &&
             has_consumer("t");
    })) << owner();
    const bool is_one = owner() == "a";
    owner_ = std::move(is_one ? one : another);
    other_ = std::move(is_one ? another : one);
  }

  OwnedState state() {
    return decode<OwnedState>(memory_->get(topics::state_key("t", 0)).value()->value).value();
  }
  std::string owner() { return state().owner; }

  static Names plates(int first, int last) {
    Names names;
    for (int i = first; i <= last; ++i) names.push_back(std::to_string(i));
    std::sort(names.begin(), names.end());
    return names;
  }
  bool wait_for_plates(int first, int last) {
    return eventually([&] { return alarmed_plates() == plates(first, last); });
  }

  double total(const std::string& what) {
    const Labels labels{{"task", "t"}, {"algorithm", "0"}};
    double sum = 0;
    for (auto* running : {owner_.get(), other_.get()}) {
      if (running->node) sum += running->gauge("task_frames_" + what, labels);
    }
    return sum;
  }
  void expect_all_frames_processed() {
    EXPECT_TRUE(eventually([&] { return total("processed") == static_cast<double>(numbers_["t"]); }))
        << total("processed") << " of " << numbers_["t"];
    EXPECT_EQ(total("lost"), 0);
  }

  const std::string should_own_ = ownership::owner_of("t", {{"a", 1}, {"b", 1}});
  std::unique_ptr<Running> owner_, other_;
};

TEST_F(HandOver, KilledNodeIsReplacedWithoutLossOrRepetition) {
  start_both();
  play_plates("t", 1, 20);
  ASSERT_TRUE(eventually([&] { return owner_->count("alarms_enqueued_total") >= 5; }));
  play("t", "21");  // seen once, on the first node
  ASSERT_TRUE(eventually([&] { return owner_->count("frames_processed_total") == 61; }));
  kill(*owner_);
  play("t", "21");
  play_plates("t", 22, 40);
  EXPECT_TRUE(wait_for_plates(1, 40));
  expect_all_frames_processed();
}

TEST_F(HandOver, AlarmsInFlightAreDecidedAgainWithTheSameIds) {
  start_both();
  pictures_.hold(2);
  play_plates("t", 1, 3);
  ASSERT_TRUE(eventually([&] { return owner_->count("alarms_decided_total") == 3; }));
  owner_->bus.cut_off();
  pictures_.release();
  owner_->node.reset();
  EXPECT_TRUE(wait_for_alarms({"t:0:1:1", "t:0:2:2", "t:0:3:3"}));
  expect_all_frames_processed();
}

TEST_F(HandOver, OutboxIsEnqueuedByTheNextOne) {
  start_both();
  owner_->bus.answer_always(bus::EnqueueResult::kUnknown);
  play_plates("t", 1, 3);
  ASSERT_TRUE(eventually([&] { return state().outbox.size() == 3; }));
  kill(*owner_);
  EXPECT_TRUE(wait_for_alarms({"t:0:1:1", "t:0:2:2", "t:0:3:3"}));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(alarm(i).picture_lost);
  expect_all_frames_processed();
}

TEST_F(HandOver, WhoeverWasCutOffDecidesNothingAnyMore) {
  start_both();
  play_plates("t", 1, 2);
  ASSERT_TRUE(wait_for_plates(1, 2));
  owner_->bus.cut_off();
  ASSERT_TRUE(eventually([&] { return other_->gauge("tasks") == 1; }));
  play_plates("t", 3, 20);  // both get the frames
  EXPECT_TRUE(eventually([&] { return owner_->count("alarms_decided_total") == 20; }));
  EXPECT_TRUE(wait_for_plates(1, 20));
  owner_->bus.calm();
  EXPECT_TRUE(eventually([&] { return owner_->count("tasks_lost_total") == 1; }));
  // It should be the first one's, so it goes back when things have been quiet for a while.
  EXPECT_TRUE(eventually([&] { return owner() == should_own_ && owner_->gauge("tasks") == 1; }));
  play_plates("t", 21, 30);
  EXPECT_TRUE(wait_for_plates(1, 30));
  expect_all_frames_processed();
}

TEST_F(HandOver, OutageOfTheBrokerMovesNothing) {
  start_both();
  const auto epoch = state().epoch;
  owner_->bus.cut_off();
  other_->bus.cut_off();
  play_plates("t", 1, 10);
  ASSERT_TRUE(eventually([&] { return owner_->count("alarms_decided_total") == 10; }));
  // Longer than a node that does not write may be silent.
  const auto rounds = owner_->bus.calls();
  ASSERT_TRUE(eventually([&] { return owner_->bus.calls() > rounds + 30; }));
  owner_->bus.calm();
  other_->bus.calm();
  EXPECT_TRUE(wait_for_plates(1, 10));
  EXPECT_EQ(state().epoch, epoch);
  expect_all_frames_processed();
}

TEST_F(HandOver, StoppedNodeHandsOverAtOnce) {
  config_.stop_grace = std::chrono::seconds(20);
  times_.membership.dead_after = std::chrono::hours(1);
  start_both();
  play_plates("t", 1, 5);
  play("t", "6");
  owner_->node.reset();
  play("t", "6");
  play_plates("t", 7, 10);
  EXPECT_TRUE(wait_for_plates(1, 10));
  expect_all_frames_processed();
  EXPECT_EQ(other_->count("alarms_duplicate_total"), 0);
}

TEST_F(HandOver, RestartedNodeGoesOnWithItsOwnState) {
  start_both();
  play_plates("t", 1, 5);
  play("t", "6");
  kill(*owner_);
  owner_ = start(should_own_);
  play("t", "6");
  EXPECT_TRUE(wait_for_plates(1, 6));
  EXPECT_TRUE(eventually([&] { return owner() == should_own_ && owner_->gauge("tasks") == 1; }));
  expect_all_frames_processed();
}

TEST_F(HandOver, WorkGoesToTheNodeWhoseItShouldBe) {
  for (int i = 0; i < 20; ++i) put(plate_task("t" + std::to_string(i)));
  const auto a = start("a");
  ASSERT_EQ(a->gauge("tasks"), 20);
  config_.weight = 3;
  const auto b = start("b");
  EXPECT_TRUE(
      eventually([&] { return b->gauge("tasks") >= 8 && a->gauge("tasks") + b->gauge("tasks") == 20; }));
  EXPECT_GT(a->gauge("tasks"), 0);
}

TEST_F(HandOver, WorkMovesOnlyWhenMembersHaveBeenTheSameForAWhile) {
  times_.placement.stable_for = std::chrono::hours(1);
  for (int i = 0; i < 20; ++i) put(plate_task("t" + std::to_string(i)));
  const auto a = start("a");
  const auto b = start("b");  // is ready although others have its work
  const auto rounds = b->bus.calls();
  ASSERT_TRUE(eventually([&] { return b->bus.calls() > rounds + 20; }));
  EXPECT_EQ(a->gauge("tasks"), 20);
  EXPECT_EQ(b->gauge("tasks"), 0);
}

}  // namespace
}  // namespace stream::logic
