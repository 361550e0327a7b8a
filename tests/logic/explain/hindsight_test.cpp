// Looking back gives what was decided. The test decides once itself, notes the reasons, and compares.
#include "explain/hindsight.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "../fakes.hpp"
#include "../tasks.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::logic {
namespace {

using decision::RuleId;
using decision::Verdict;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kBegin_us = 1'700'000'000'000'000;
constexpr std::int64_t kStep_us = 200'000;  // five frames a second
constexpr std::uint64_t kBoot = 7;

// A task's algorithm at work, as TaskRun does it.
class HindsightTest : public ::testing::Test {
 protected:
  HindsightTest() {
    unit_.task = task(R"({"in_frames": 20, "out_frames": 5})");
    begin();
  }

  static TaskPtr task(const std::string& seen) {
    auto record = plate_task("t");
    record.algorithms[0].logic_json =
        R"({"object": {"from": "sub_objects", "key": "label"}, "rules": {"seen": )" + seen +
        R"(, "alarm_interval": {"frames": 30}}, "event": {}})";
    return std::make_shared<const Task>(make_task(record, 0, 100).value());
  }

  void begin() {
    decider_.emplace(decider_of(*unit_.task));
    state_ = {};
    state_.source = unit_.task->source;
    state_.counting = counting_of(*unit_.task);
    kept_.begin_with(encode(state_), 0);
  }

  static std::int64_t time_of(std::int64_t frame) { return kBegin_us + frame * kStep_us; }

  // Plate "A" is always there, "B" comes and goes, nothing at all is in every 50th frame.
  static FrameMeta frame(std::int64_t id, std::uint64_t boot = kBoot) {
    auto frame = plate_frame("t", id, "A");
    frame.ref.boot = boot;
    frame.number = static_cast<std::uint64_t>(id);
    frame.received_us = time_of(id);
    if (id / 37 % 2 == 1) {
      frame.detections.push_back({{50, 60, 30, 40}, 0, "", 0.5F});
      frame.sub_objects.push_back({"B", false});
    }
    if (id % 50 == 0) frame.sub_objects.clear();
    return frame;
  }

  void see(const FrameMeta& frame) {
    replay_.keep(frame);
    why_.emplace_back();
    decider_->next_frame(frame, &why_.back());
    frames_.push_back(frame);
    ++state_.processed;
    unit_.position = FramePosition{frame.ref.boot, frame.number, frame.ref.address};
    boots_.insert(frame.ref.boot);
    unit_.first_process = boots_.size() == 1;
    unit_.newest = FrameStamp{frame.frame_id, frame.received_us};
    state_.positions = {*unit_.position};
    state_.memory = decider_->save();
    kept_.offer(encode(state_), frame.received_us);
  }
  void see_frames(std::int64_t first, std::int64_t last) {
    for (auto id = first; id <= last; ++id) see(frame(id));
  }

  // What was decided from this frame on.
  Explanation truth(std::int64_t from_frame) {
    ExplanationMaker maker;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      if (frames_[i].frame_id < from_frame) continue;
      maker.add({frames_[i].frame_id, frames_[i].received_us}, why_[i]);
    }
    return maker.take();
  }

  Explanation look_back_to(std::int64_t frame, const HindsightLimits& limits = {}) {
    unit_.states = kept_.states();
    return logic::look_back(unit_, time_of(frame), replay_, limits);
  }

  void expect_truth(const Explanation& explained, std::int64_t from_frame) {
    const auto expected = truth(from_frame);
    EXPECT_EQ(explained.frames, expected.frames);
    EXPECT_EQ(explained.frames_without_objects, expected.frames_without_objects);
    EXPECT_EQ(explained.first, expected.first);
    EXPECT_EQ(explained.last, expected.last);
    EXPECT_EQ(explained.objects, expected.objects);
  }

  FakeReplay replay_;
  LookBack unit_;
  std::set<std::uint64_t> boots_;  // processes of ingest-nodes so far
  KeptStates kept_;
  LogicState state_;
  std::optional<decision::Decider> decider_;
  std::vector<FrameMeta> frames_;
  std::vector<std::vector<Verdict>> why_;  // of each frame
};

TEST_F(HindsightTest, TellsWhatWasDecidedWordForWord) {
  see_frames(1, 400);  // 80 s
  for (const std::int64_t from : {230, 251, 333, 400}) {
    const auto explained = look_back_to(from);
    expect_truth(explained, from);
    EXPECT_TRUE(explained.complete) << from;
    EXPECT_EQ(explained.memory_known_from, from);
    EXPECT_THAT(explained.notes, IsEmpty());
  }
}

TEST_F(HindsightTest, CountsWhatTheRulesLetThroughInTheseFramesOnly) {
  see_frames(1, 400);
  const auto explained = look_back_to(351);
  std::uint64_t stopped = 0, alarmed = 0;
  for (std::size_t i = 350; i < 400; ++i) {
    for (const Verdict& verdict : why_[i]) {
      stopped += verdict.stopped_by == RuleId::kSeen ? 1 : 0;
      alarmed += verdict.stopped_by ? 0 : 1;
    }
  }
  EXPECT_GT(stopped, 0U);
  EXPECT_EQ(explained.rules.at(static_cast<std::size_t>(RuleId::kSeen)).stopped, stopped);
  EXPECT_EQ(explained.rules.at(static_cast<std::size_t>(RuleId::kAlarmInterval)).passed, alarmed);
}

TEST_F(HindsightTest, AYoungTaskIsKnownFromItsFirstFrame) {
  see_frames(1, 40);
  const auto explained = look_back_to(-1000);
  expect_truth(explained, 1);
  EXPECT_TRUE(explained.complete);
  EXPECT_EQ(explained.memory_known_from, 1);
}

TEST_F(HindsightTest, AskingTwiceGivesTheSame) {
  see_frames(1, 300);
  const auto first = look_back_to(250), second = look_back_to(250);
  EXPECT_EQ(first.objects, second.objects);
  EXPECT_EQ(first.rules, second.rules);
}

TEST_F(HindsightTest, ARingThatIsTooShortIsSaidAndTheNextMemoryTakenUp) {
  see_frames(1, 400);
  replay_.forget_up_to(320);
  const auto explained = look_back_to(230);
  EXPECT_FALSE(explained.complete);
  EXPECT_EQ(explained.first->frame_id, 321);
  EXPECT_THAT(explained.notes, Contains(HasSubstr("keeps no frames from before frame 321 (replay_frames")));
  ASSERT_TRUE(explained.memory_known_from);
  EXPECT_GT(*explained.memory_known_from, 321);
  EXPECT_LE(*explained.memory_known_from, 321 + 50) << "a memory is kept every ten seconds";
  EXPECT_THAT(explained.notes, Contains(HasSubstr("is not known before frame " +
                                                  std::to_string(*explained.memory_known_from))));
  EXPECT_EQ(explained.objects.back().changes.back(), truth(321).objects.back().changes.back());
}

TEST_F(HindsightTest, AfterATakeOverEarlierFramesBeginFromAnEmptyMemory) {
  see_frames(1, 300);
  kept_.begin_with(encode(state_), frames_.back().received_us);  // all that a new owner has
  see_frames(301, 320);
  const auto explained = look_back_to(270);
  EXPECT_EQ(explained.first->frame_id, 270);
  EXPECT_EQ(explained.memory_known_from, 301);
  EXPECT_FALSE(explained.complete);
  EXPECT_EQ(explained.objects.front().changes.back(), truth(270).objects.front().changes.back());
  EXPECT_THAT(explained.notes, Contains(HasSubstr("is not known before frame 301")));
}

TEST_F(HindsightTest, WithoutAnyMemoryItSaysThatTooLittleMayHaveBeenSeen) {
  see_frames(1, 300);
  kept_ = {};
  unit_.too_large = true;
  const auto explained = look_back_to(290);
  EXPECT_EQ(explained.frames, 11U);
  EXPECT_FALSE(explained.memory_known_from);
  EXPECT_THAT(explained.notes, Contains(HasSubstr("too many objects to keep it")));
}

TEST_F(HindsightTest, AfterARestartOfTheIngestNodeOnlyItsNewFramesAreThere) {
  see_frames(1, 300);
  for (std::int64_t id = 301; id <= 310; ++id) {
    auto later = frame(id, kBoot + 1);
    later.number = static_cast<std::uint64_t>(id - 300);
    see(later);
  }
  const auto explained = look_back_to(250);
  EXPECT_EQ(explained.first->frame_id, 301);
  EXPECT_EQ(explained.frames, 10U);
  EXPECT_FALSE(explained.complete);
  EXPECT_THAT(explained.notes, Contains(HasSubstr("only since frame 301")));
}

TEST_F(HindsightTest, ARestartBeforeAnyOtherStateWasKeptIsNotTakenForTheBeginning) {
  see_frames(1, 30);  // 6 s: only the empty memory of the beginning is kept
  for (std::int64_t id = 31; id <= 40; ++id) {
    auto later = frame(id, kBoot + 1);
    later.number = static_cast<std::uint64_t>(id - 30);
    see(later);
  }
  const auto explained = look_back_to(-100);
  EXPECT_EQ(explained.first->frame_id, 31);
  EXPECT_FALSE(explained.complete) << "what the first process's frames have left in the memory is missing";
  EXPECT_FALSE(explained.memory_known_from);
}

TEST_F(HindsightTest, NoFramesAreTheFirstThingToKnow) {
  unit_.position.reset();
  auto explained = look_back_to(-100);
  EXPECT_THAT(explained.notes, Contains("no frame has come yet"));
  EXPECT_FALSE(explained.newest);

  see_frames(1, 300);
  explained = look_back_to(400);
  EXPECT_EQ(explained.frames, 0U);
  EXPECT_EQ(explained.newest, (FrameStamp{300, time_of(300)}));
  EXPECT_THAT(explained.notes, Contains("no frame came in this time"));
}

TEST_F(HindsightTest, AnIngestNodeThatIsAwayIsNamed) {
  see_frames(1, 300);
  replay_.answer_always(Fetched::Outcome::kUnreachable);
  auto explained = look_back_to(250);
  EXPECT_THAT(explained.notes, Contains(HasSubstr("the ingest-node at 127.0.0.1:9 does not answer")));
  EXPECT_FALSE(explained.complete);
  replay_.answer_always(Fetched::Outcome::kGone);
  explained = look_back_to(250);
  EXPECT_THAT(explained.notes, Contains(HasSubstr("the frames are gone")));
  EXPECT_FALSE(explained.complete);
}

TEST_F(HindsightTest, FramesAndAnswersAreBounded) {
  see_frames(1, 400);
  HindsightLimits limits;
  limits.frames = 60;
  auto explained = look_back_to(1, limits);
  EXPECT_EQ(explained.first->frame_id, 341) << "the newest";
  EXPECT_EQ(explained.frames, 60U);
  EXPECT_THAT(explained.notes, Contains("no more than the last 60 frames are looked at"));
  EXPECT_FALSE(explained.complete);
  limits.frames = 5000;
  limits.answers = 2;
  const auto before = replay_.fetches();
  explained = look_back_to(230, limits);
  EXPECT_EQ(replay_.fetches() - before, 2);
  EXPECT_THAT(explained.notes, Contains(HasSubstr("there are more frames than can be looked at")));
  EXPECT_FALSE(explained.complete);
}

TEST_F(HindsightTest, FramesOfAnotherLifeOfTheTaskAreNotLookedAt) {
  see_frames(1, 300);
  auto foreign = frame(301);
  foreign.source = unit_.task->source + 1;
  replay_.keep(foreign);
  EXPECT_EQ(look_back_to(280).last->frame_id, 300);
}

TEST_F(HindsightTest, OtherRulesAndHeldUpFramesAreSaid) {
  see_frames(1, 300);
  unit_.rules_since_us = time_of(290);
  unit_.held_up = true;
  auto explained = look_back_to(280);
  EXPECT_THAT(explained.notes, Contains(HasSubstr("the rules were changed meanwhile")));
  EXPECT_THAT(explained.notes, Contains(HasSubstr("no frames are decided on now")));
  unit_.rules_since_us = time_of(270);
  unit_.held_up = false;
  EXPECT_THAT(look_back_to(280).notes, IsEmpty());
}

}  // namespace
}  // namespace stream::logic
