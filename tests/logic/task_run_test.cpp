// The work on one task, step by step: the test says when what is answered.
#include "task_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "alarm_draft.hpp"
#include "stream/bus/memory_bus.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "tasks.hpp"

namespace stream::logic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Ids = std::vector<std::string>;

TaskRecord with_rules(const std::string& rules) {
  auto record = plate_task("t");
  record.algorithms[0].logic_json =
      R"({"object": {"from": "sub_objects", "key": "label"}, "rules": )" + rules + "}";
  return record;
}

class Run : public ::testing::Test {
 protected:
  static TaskPtr task(const TaskRecord& record = plate_task("t")) {
    return std::make_shared<const Task>(make_task(record, 0, 100).value());
  }

  std::unique_ptr<TaskRun> make_run(std::uint64_t boot = 1) {
    const auto nobody_lives = [](std::string_view, std::uint64_t) { return false; };
    return std::make_unique<TaskRun>("st/t/0", ownership::Tenure::Self{"me", boot}, nobody_lives, options_,
                                     counters_, budget_);
  }

  // Makes the calls that the run asks for, until it asks for none. Pictures stay to be filled.
  void settle(TaskRun& run) {
    for (;;) {
      auto work = run.next(now_);
      for (auto& fill : work.fills) fills_.push_back(std::move(fill));
      if (work.fetch) fetches_.push_back(*work.fetch);
      if (work.confirm) {
        ++confirmations_;
        run.confirmed(record_source_, now_);
        now_ += milliseconds(100);
      }
      if (work.call) run.answered(make(*work.call), now_);
      if (!work.call && !work.confirm) return;
    }
  }

  ownership::Answer make(const TaskWork::Call& call) {
    if (const auto* write = std::get_if<ownership::WriteState>(&call)) {
      return bus_->cas("st/t/0", write->expected, write->value);
    }
    if (const auto* alarm = std::get_if<EnqueueAlarm>(&call)) {
      return bus_->enqueue(topics::kAlarmQueue, alarm->id, *alarm->payload);
    }
    return bus_->get("st/t/0");
  }

  void start(TaskRun& run) {
    run.own(task(), task_counters_);
    settle(run);
    ASSERT_TRUE(run.running());
  }

  void see(TaskRun& run, std::uint64_t number, const std::string& plate) {
    auto frame = plate_frame("t", static_cast<std::int64_t>(number), plate);
    frame.number = number;
    run.on_frame(std::move(frame), now_);
    settle(run);
  }
  // Each plate twice, so that each alarms.
  void see_plates(TaskRun& run, std::uint64_t first_number, const Ids& plates) {
    for (const auto& plate : plates) {
      see(run, first_number++, plate);
      see(run, first_number++, plate);
    }
  }

  // The pictures of this plate's alarm have come.
  void fill(TaskRun& run, const std::string& plate) {
    const auto found = std::find_if(fills_.begin(), fills_.end(), [&](const TaskWork::Fill& f) {
      return f.draft.alarm.events.at(0).key == plate;
    });
    ASSERT_NE(found, fills_.end()) << plate;
    const auto fill = *found;
    fills_.erase(found);
    run.filled(fill.tag, {fill.draft.alarm.id, topics::alarm("t", 0),
                          std::make_shared<const std::string>(encode(fill.draft.alarm))});
    settle(run);
  }

  Ids queue() {
    Ids plates;
    const auto items = bus_->list_queue(topics::kAlarmQueue, std::nullopt, 1000).value();
    for (const auto& item : items) {
      const auto payload = bus_->read_message(topics::kAlarmQueue, item.id).value();
      plates.push_back(decode<Alarm>(payload).value().events.at(0).key);
    }
    return plates;
  }

  OwnedState stored() { return decode<OwnedState>(bus_->get("st/t/0").value()->value).value(); }
  LogicState state() { return decode<LogicState>(stored().state).value(); }

  const std::unique_ptr<bus::Bus> bus_ = bus::make_memory_bus();
  Metrics metrics_;
  Counters counters_{metrics_};
  TaskCounters task_counters_{metrics_, {}};
  ByteBudget budget_{1 << 20};
  TaskRunOptions options_;
  TaskRun::Time now_{std::chrono::hours(1)};
  std::vector<TaskWork::Fill> fills_;
  std::vector<TaskWork::Fetch> fetches_;
  std::optional<std::uint64_t> record_source_ = source_of(plate_task("t").algorithms[0]);
  int confirmations_ = 0;
};

TEST_F(Run, DecisionsAreCommittedInTheOrderOfTheFrames) {
  const auto run = make_run();
  start(*run);
  see_plates(*run, 1, {"x", "y", "z"});
  fill(*run, "z");
  fill(*run, "y");
  EXPECT_EQ(queue(), Ids{});
  EXPECT_EQ(state().episodes, 0U) << "the key knew of a decision before its pictures were there";
  fill(*run, "x");
  EXPECT_EQ(queue(), (Ids{"x", "y", "z"}));
  EXPECT_EQ(run->pending(), 0U);
}

TEST_F(Run, StateOfADecisionIsThatAfterItsFrame) {
  const auto run = make_run();
  start(*run);
  see_plates(*run, 1, {"x", "y"});
  see(*run, 5, "");
  fill(*run, "x");
  EXPECT_EQ(state().positions.at(0).number, 2U);
  EXPECT_EQ(state().processed, 2U);
  fill(*run, "y");
  EXPECT_EQ(state().positions.at(0).number, 4U);
  now_ += seconds(10);
  settle(*run);
  EXPECT_EQ(state().positions.at(0).number, 5U) << "without decisions it is saved from time to time";
}

TEST_F(Run, StateIsNotSavedPastADecisionThatWaits) {
  const auto run = make_run();
  start(*run);
  see_plates(*run, 1, {"x"});
  see(*run, 3, "");
  now_ += seconds(10);
  settle(*run);
  EXPECT_EQ(state().processed, 0U);
}

TEST_F(Run, NextOwnerDecidesAgainWithTheSameIds) {
  const auto first = make_run(1);
  start(*first);
  see_plates(*first, 1, {"x", "y"});
  ASSERT_EQ(fills_.size(), 2U);
  const auto ids = Ids{fills_[0].draft.alarm.id, fills_[1].draft.alarm.id};
  fill(*first, "x");
  fills_.clear();
  const auto second = make_run(2);
  second->own(task(), task_counters_);
  settle(*second);
  EXPECT_FALSE(second->running()) << "x may not be in the queue: the key still has it in the outbox";
  fill(*second, "x");
  ASSERT_TRUE(second->running());
  ASSERT_FALSE(fetches_.empty());
  EXPECT_EQ(fetches_.back().after.number, 2U);
  for (std::uint64_t i = 1; i <= 4; ++i) see(*second, i, i <= 2 ? "x" : "y");
  ASSERT_EQ(fills_.size(), 1U);
  EXPECT_EQ(fills_[0].draft.alarm.id, ids[1]);
  EXPECT_NE(ids[0], ids[1]);
  fill(*second, "y");
  EXPECT_EQ(queue(), (Ids{"x", "y"}));
}

TEST_F(Run, WhoeverLostItForgetsAll) {
  const auto first = make_run(1);
  start(*first);
  see_plates(*first, 1, {"x", "y"});
  const auto late = fills_;
  const auto second = make_run(2);
  start(*second);
  fills_ = late;
  fill(*first, "x");  // its commit fails
  EXPECT_EQ(queue(), Ids{});
  EXPECT_EQ(counters_.tasks_lost.value(), 1);
  EXPECT_EQ(first->pending(), 0U);
  EXPECT_EQ(budget_.used(), 0U);
}

TEST_F(Run, WithTooManyPendingItTakesNoFramesAndFetchesNone) {
  options_.tenure.most_pending = 2;
  const auto run = make_run();
  start(*run);
  see_plates(*run, 1, {"x", "y", "z"});
  EXPECT_EQ(run->pending(), 2U);
  see(*run, 9, "");
  EXPECT_TRUE(fetches_.empty() || fetches_.back().after.number == 0);
  const auto before = fetches_.size();
  fill(*run, "x");
  EXPECT_EQ(counters_.alarms_decided.value(), 3);
  fill(*run, "y");
  ASSERT_GT(fetches_.size(), before);
  EXPECT_EQ(fetches_.back().after.number, 6U);
}

TEST_F(Run, ChangedCountingForgetsTheObjectsOnly) {
  const auto run = make_run();
  start(*run);
  see_plates(*run, 1, {"x"});
  fill(*run, "x");
  const auto life = state().life;
  see(*run, 3, "y");
  auto record = plate_task("t");
  record.algorithms[0].sample_interval = 2;
  run->own(task(record), task_counters_);
  see(*run, 4, "y");
  EXPECT_TRUE(fills_.empty()) << "y was still remembered";
  see(*run, 5, "y");
  fill(*run, "y");
  EXPECT_EQ(state().life, life);
  EXPECT_EQ(state().episodes, 2U);
  EXPECT_EQ(state().processed, 5U);
}

TEST_F(Run, StateThatCannotBeReadIsBegunAnew) {
  OwnedState rubbish;
  rubbish.state = "rubbish";
  ASSERT_TRUE(bus_->cas("st/t/0", 0, encode(rubbish)).done());
  const auto run = make_run();
  start(*run);
  see_plates(*run, 1, {"x"});
  fill(*run, "x");
  EXPECT_EQ(queue(), Ids{"x"});
  EXPECT_FALSE(state().life.empty());
}

TEST_F(Run, LeavingEndsWhatIsDecidedFirst) {
  const auto run = make_run();
  start(*run);
  see_plates(*run, 1, {"x"});
  run->leave();
  see(*run, 3, "y");
  EXPECT_EQ(stored().owner, "me");
  EXPECT_FALSE(run->idle());
  fill(*run, "x");
  EXPECT_EQ(queue(), Ids{"x"});
  EXPECT_EQ(stored().owner, "");
  EXPECT_EQ(state().processed, 2U);
  EXPECT_TRUE(run->idle());
}

TEST_F(Run, EraseLeavesNothing) {
  const auto run = make_run();
  start(*run);
  see_plates(*run, 1, {"x"});
  run->erase(*record_source_);
  settle(*run);
  fill(*run, "x");
  EXPECT_EQ(queue(), Ids{"x"});
  EXPECT_FALSE(bus_->get("st/t/0").value());
  EXPECT_TRUE(run->idle());
}

TEST_F(Run, WantedAgainWhileLeavingItGoesOn) {
  const auto run = make_run();
  start(*run);
  see_plates(*run, 1, {"x"});
  run->leave();
  settle(*run);
  run->own(task(), task_counters_);
  settle(*run);
  see_plates(*run, 3, {"y"});
  fill(*run, "x");
  fill(*run, "y");
  EXPECT_EQ(queue(), (Ids{"x", "y"}));
  EXPECT_EQ(stored().epoch, 1U);
}

TEST_F(Run, NothingIsBegunForATaskThatIsGoneAlready) {
  record_source_.reset();
  const auto run = make_run();
  run->own(task(), task_counters_);
  for (int i = 0; i < 10; ++i) {
    run->answered(make(*run->next(now_).call), now_);
    if (run->next(now_).confirm) run->confirmed(record_source_, now_);
    now_ += seconds(3);
  }
  EXPECT_FALSE(run->owner());
  EXPECT_FALSE(bus_->get("st/t/0").value());
}

TEST_F(Run, StateOfALaterLifeIsLeftAloneUntilWeHearOfIt) {
  auto record = plate_task("t");
  record.algorithms[0].path_key = "later";
  record_source_ = source_of("later");
  const auto first = make_run(1);
  first->own(task(record), task_counters_);
  settle(*first);
  see(*first, 1, "x");
  now_ += seconds(10);
  settle(*first);
  const auto before = state();

  const auto second = make_run(2);
  second->own(task(), task_counters_);
  for (int i = 0; i < 5; ++i) {
    if (auto work = second->next(now_); work.call) {
      second->answered(make(*work.call), now_);
    } else if (work.confirm) {
      second->confirmed(record_source_, now_);
    }
  }
  EXPECT_TRUE(second->owner());
  EXPECT_FALSE(second->running());
  second->own(task(record), task_counters_);
  settle(*second);
  EXPECT_TRUE(second->running());
  see(*second, 2, "x");
  fill(*second, "x");
  EXPECT_EQ(state().life, before.life);
  EXPECT_EQ(state().processed, 2U);
}

TEST_F(Run, WhileNewsAreLateTheRecordIsReadNowAndThen) {
  auto record = plate_task("t");
  record.algorithms[0].path_key = "later";
  record_source_ = source_of("later");
  const auto first = make_run(1);
  first->own(task(record), task_counters_);
  settle(*first);

  const auto second = make_run(2);
  second->own(task(), task_counters_);
  int reads = 0;
  for (int ms = 0; ms < 1000; ++ms) {
    auto work = second->next(now_ += milliseconds(1));
    if (work.call) second->answered(make(*work.call), now_);
    if (!work.confirm) continue;
    ++reads;
    second->confirmed(record_source_, now_);
  }
  EXPECT_TRUE(second->owner());
  EXPECT_FALSE(second->running());
  EXPECT_GE(reads, 5);
  EXPECT_LE(reads, 10);
}

TEST_F(Run, StateOfAFormerLifeIsBegunAgainWithTheIdsGoingOn) {
  const auto first = make_run(1);
  start(*first);
  see_plates(*first, 1, {"x"});
  fill(*first, "x");
  now_ += seconds(10);
  settle(*first);
  auto record = plate_task("t");
  record.algorithms[0].path_key = "later";
  record_source_ = source_of("later");
  const auto second = make_run(2);
  second->own(task(record), task_counters_);
  settle(*second);
  ASSERT_TRUE(second->running());
  see_plates(*second, 1, {"x"});
  fill(*second, "x");
  EXPECT_EQ(state().episodes, 2U);
  EXPECT_EQ(state().positions.at(0).number, 2U);
}

TEST_F(Run, FramesOfAFormerLifeThatComeLateAreNotCounted) {
  const auto run = make_run();
  start(*run);
  auto late = plate_frame("t", 5000, "x");
  late.number = 5000;
  late.source = *record_source_;
  auto record = plate_task("t");
  record.algorithms[0].path_key = "later";
  run->own(task(record), task_counters_);
  run->on_frame(late, now_);
  settle(*run);
  auto frame = plate_frame("t", 1, "x");
  frame.number = 1;
  frame.source = source_of("later");
  run->on_frame(frame, now_);
  now_ += seconds(10);
  settle(*run);
  ASSERT_FALSE(fetches_.empty()) << "it asks after silence";
  run->fetched(fetches_.back().tag, {Fetched::Outcome::kFrames, {late}}, now_);
  now_ += seconds(10);
  settle(*run);
  EXPECT_EQ(state().processed, 1U);
  EXPECT_EQ(state().lost, 0U);
  EXPECT_EQ(state().positions.at(0).number, 1U);
}

// Its ingest-node was cut off with it, and is back.
TEST_F(Run, FramesOfAProcessThatTheTaskWasTakenFromAreNotDecidedAfterTheNewOnes) {
  const auto run = make_run();
  start(*run);
  const auto frame_of = [](std::uint64_t poster, std::uint64_t boot, std::uint64_t number) {
    // Of another object each, so that none alarms.
    auto frame = plate_frame("t", static_cast<std::int64_t>(number), std::to_string(100 * poster + number));
    frame.poster = poster;
    frame.ref.boot = boot;
    frame.number = number;
    return frame;
  };
  const auto answer = [&](std::vector<FrameMeta> frames) {
    ASSERT_FALSE(fetches_.empty());
    run->fetched(fetches_.back().tag, {Fetched::Outcome::kFrames, std::move(frames)}, now_);
    now_ += seconds(10);
    settle(*run);
  };
  constexpr std::uint64_t kFormer = 11, kNew = 12, kThere = 1, kHere = 2;
  run->on_frame(frame_of(kFormer, kThere, 1), now_);
  run->on_frame(frame_of(kNew, kHere, 1), now_);
  settle(*run);
  answer({frame_of(kFormer, kThere, 2)});  // before the first of the new one: as it came
  answer({});
  EXPECT_EQ(state().processed, 3U);
  EXPECT_EQ(state().positions.at(0).boot, kHere);

  run->on_frame(frame_of(kFormer, kThere, 3), now_);
  run->on_frame(frame_of(kNew, kHere, 2), now_);
  now_ += seconds(10);
  settle(*run);
  EXPECT_EQ(state().processed, 4U);
  EXPECT_EQ(state().positions.at(0).boot, kHere);

  const auto next = make_run(2);  // knows it as well
  next->own(task(plate_task("t")), task_counters_);
  settle(*next);
  ASSERT_TRUE(next->running());
  next->on_frame(frame_of(kFormer, kThere, 4), now_);
  next->on_frame(frame_of(kNew, kHere, 3), now_);
  now_ += seconds(10);
  settle(*next);
  EXPECT_EQ(state().processed, 5U);
  EXPECT_EQ(state().lost, 0U);
}

TEST_F(Run, ALaterLifeIsLookedBackAtFromItsOwnBeginning) {
  const auto run = make_run();
  start(*run);
  see(*run, 1, "x");
  run->own(task(with_rules("{}")), task_counters_);
  const auto former = run->look_back();
  ASSERT_TRUE(former && former->position && former->newest);
  EXPECT_GT(former->rules_since_us, 0);

  auto record = plate_task("t");
  record.algorithms[0].path_key = "later";
  run->own(task(record), task_counters_);
  const auto later = run->look_back();
  ASSERT_TRUE(later);
  EXPECT_FALSE(later->position);
  EXPECT_FALSE(later->newest);
  EXPECT_EQ(later->rules_since_us, 0);
  ASSERT_EQ(later->states.size(), 1U);
  const auto state = decode<LogicState>(*later->states[0]).value();
  EXPECT_EQ(state.source, source_of("later"));
  EXPECT_TRUE(state.positions.empty());
}

TEST_F(Run, OnlyWhatChangesDecisionsIsAChangeOfRules) {
  const auto run = make_run();
  start(*run);
  auto record = plate_task("t");
  record.report_urls = {"http://127.0.0.1:9/other"};
  run->own(task(record), task_counters_);
  EXPECT_EQ(run->look_back()->rules_since_us, 0);
  record.algorithms[0].sample_interval = 5;
  run->own(task(record), task_counters_);
  EXPECT_GT(run->look_back()->rules_since_us, 0);
}

TEST_F(Run, EraseSparesALaterLife) {
  const auto run = make_run();
  start(*run);
  run->erase(*record_source_ + 1);
  settle(*run);
  EXPECT_TRUE(run->idle());
  EXPECT_EQ(stored().owner, "");
}

TEST_F(Run, ChangedRulesHoldAtOnceAndKeepWhatIsRemembered) {
  const auto run = make_run();
  start(*run);
  see(*run, 1, "a");
  run->own(task(with_rules(R"({"seen": {"in_frames": 3}})")), task_counters_);
  see(*run, 2, "a");
  EXPECT_TRUE(fills_.empty()) << "two of three";
  see(*run, 3, "a");
  ASSERT_EQ(fills_.size(), 1U);
  EXPECT_EQ(fills_[0].draft.alarm.frame_index, 3);
}

TEST_F(Run, AnObjectIsQuietOnlyAfterAnAlarmThatWasCommitted) {
  const auto quiet =
      task(with_rules(R"({"seen": {"in_frames": 1, "out_frames": 1}, "alarm_interval": {"frames": 50}})"));
  const auto first = make_run(1);
  first->own(quiet, task_counters_);
  settle(*first);
  see(*first, 1, "a");
  ASSERT_EQ(fills_.size(), 1U);
  const auto id = fills_[0].draft.alarm.id;
  fills_.clear();  // it dies before the pictures come

  const auto second = make_run(2);
  second->own(quiet, task_counters_);
  settle(*second);
  see(*second, 1, "a");
  ASSERT_EQ(fills_.size(), 1U) << "charged for an alarm that nobody has";
  EXPECT_EQ(fills_[0].draft.alarm.id, id);
  fill(*second, "a");
  EXPECT_EQ(queue(), Ids{"a"});

  const auto third = make_run(3);
  third->own(quiet, task_counters_);
  settle(*third);
  fill(*third, "a");  // what was found decided is offered again
  EXPECT_EQ(queue(), Ids{"a"});
  for (std::uint64_t number = 2; number <= 50; ++number) see(*third, number, number == 10 ? "a" : "");
  EXPECT_TRUE(fills_.empty()) << "the interval was not handed over";
  see(*third, 51, "a");
  EXPECT_EQ(fills_.size(), 1U);
}

}  // namespace
}  // namespace stream::logic
