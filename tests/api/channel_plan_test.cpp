#include "channel_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace stream::api {
namespace {

using namespace std::chrono_literals;
using Action = ChannelPlan::Action;
using Channel = ChannelPlan::Channel;
using Id = ChannelPlan::Id;

Channel camera(Id id, const std::string& url = "rtsp://one") {
  return {id, 0, {{"channel_id", id}, {"url", url}}};
}

std::vector<Id> ids(const std::vector<Channel>& channels) {
  std::vector<Id> result;
  for (const Channel& channel : channels) result.push_back(channel.id);
  return result;
}

class SharedProcess : public ::testing::Test {
 protected:
  std::string next() {
    const auto step = plan_.next(
        now_, [](Id) { return true; }, may_drop_);
    why_ = step.why;
    const std::string id = std::to_string(step.channel.id);
    switch (step.action) {
      case Action::kNone:
        return "-";
      case Action::kAdd:
        return "add " + id;
      case Action::kDrop:
        return "drop " + id;
      case Action::kGiveUp:
        return "give up " + id;
      case Action::kRestart:
        return "restart";
    }
    return "?";
  }
  void told(TellResult result = TellResult::kTaken) { plan_.on_told(now_, result); }
  // A process that was started with camera 0, which plays.
  void start_one() {
    plan_.want(camera(0));
    plan_.on_started(now_);
    plan_.on_video(now_, 0);
  }

  ChannelPlan plan_{{15s, 3s, 500ms, 30s, 60s}};
  ChannelPlan::TimePoint now_{1000s};
  bool may_drop_ = true;
  std::string why_;
};

TEST_F(SharedProcess, StartsWithAllThatIsWanted) {
  plan_.want(camera(0));
  plan_.want(camera(2));
  EXPECT_EQ(next(), "-") << "there is no process to be told";
  EXPECT_EQ(ids(plan_.playlist()), (std::vector<Id>{0, 2}));
  plan_.on_started(now_);
  EXPECT_EQ(ids(plan_.playing()), (std::vector<Id>{0, 2}));
  EXPECT_TRUE(plan_.is_told(2));
  now_ += 1h;
  EXPECT_EQ(next(), "-") << "an unreachable camera is tried for ever by a process that began with it";
}

TEST_F(SharedProcess, OneMoreIsAddedAndOneLessDropped) {
  start_one();
  plan_.want(camera(1));
  EXPECT_EQ(next(), "add 1");
  EXPECT_EQ(next(), "-") << "one request at a time";
  EXPECT_FALSE(plan_.is_told(1));
  told();
  EXPECT_TRUE(plan_.is_told(1));
  plan_.on_video(now_, 1);
  now_ += 1h;
  EXPECT_EQ(next(), "-");
  plan_.unwant(now_, 0);
  EXPECT_EQ(next(), "drop 0");
  told();
  EXPECT_EQ(next(), "-");
  EXPECT_EQ(ids(plan_.playing()), (std::vector<Id>{1}));
}

TEST_F(SharedProcess, AnIdIsFreeWhenItsLastFramesHaveCome) {
  start_one();
  plan_.want(camera(1));
  next(), told();
  plan_.unwant(now_, 1);
  EXPECT_EQ(next(), "drop 1");
  told();
  EXPECT_TRUE(plan_.busy(now_).contains(1));
  EXPECT_TRUE(plan_.busy(now_ + 2900ms).contains(1));
  EXPECT_FALSE(plan_.busy(now_ + 3s).contains(1));
}

TEST_F(SharedProcess, WhatItCannotTakeYetWaits) {
  start_one();
  plan_.want(camera(1));
  plan_.want(camera(2));
  const auto only_two = [](Id id) { return id == 2; };
  EXPECT_EQ(plan_.next(now_, only_two, true).channel.id, 2);
}

TEST_F(SharedProcess, WithoutVideoInTimeACameraIsGivenUpAndDropped) {
  start_one();
  plan_.want(camera(1));
  next(), told();
  now_ += 14900ms;
  EXPECT_EQ(next(), "-");
  now_ += 100ms;
  EXPECT_EQ(next(), "give up 1");
  EXPECT_EQ(why_, "no video of it came for 15 s from the shared process");
  EXPECT_EQ(ids(plan_.playlist()), (std::vector<Id>{0})) << "a restart does not bring it back";
  EXPECT_EQ(next(), "drop 1") << "or it might come late, and twice";
  told();
  EXPECT_EQ(next(), "-");
  plan_.want(camera(1));
  EXPECT_EQ(next(), "-") << "the same again changes nothing";
  plan_.want(camera(1, "rtsp://other"));
  EXPECT_EQ(next(), "add 1");
}

TEST_F(SharedProcess, WhoWaitsBehindASlowCameraGetsItsTime) {
  start_one();
  plan_.want(camera(1));
  plan_.want(camera(2));
  EXPECT_EQ(next(), "add 1");
  told();
  EXPECT_EQ(next(), "add 2");
  told();
  now_ += 14s;
  plan_.on_video(now_, 1);
  now_ += 14s;
  EXPECT_EQ(next(), "-");
  now_ += 1s;
  EXPECT_EQ(next(), "give up 2");
}

TEST_F(SharedProcess, WhoWaitsBehindADeadCameraIsGivenMoreTime) {
  start_one();
  plan_.want(camera(1));
  plan_.want(camera(2));
  next(), told(), next(), told();
  now_ += 15s;
  EXPECT_EQ(next(), "give up 1");
  EXPECT_EQ(next(), "drop 1");
  told();
  now_ += 59900ms;
  EXPECT_EQ(next(), "-") << "the process may still open the dead one";
  now_ += 100ms;
  EXPECT_EQ(next(), "give up 2");
  EXPECT_EQ(why_, "no video of it came for 75 s from the shared process");
}

TEST_F(SharedProcess, VideoOfOneBehindShowsThatADeadCameraWasPassed) {
  start_one();
  plan_.want(camera(1));
  plan_.want(camera(2));
  plan_.want(camera(3));
  next(), told(), next(), told(), next(), told();
  now_ += 15s;
  EXPECT_EQ(next(), "give up 1");
  EXPECT_EQ(next(), "drop 1");
  told();
  now_ += 30s;
  plan_.on_video(now_, 2);
  now_ += 14900ms;
  EXPECT_EQ(next(), "-");
  now_ += 100ms;
  EXPECT_EQ(next(), "give up 3") << "nobody holds it up any more";
}

TEST_F(SharedProcess, WhatMayHaveHeldUpADarkProcessComesLast) {
  for (Id id = 0; id < 3; ++id) plan_.want(camera(id));
  plan_.on_started(now_);
  now_ += 59s;
  plan_.on_ended(now_);
  plan_.on_started(now_);
  EXPECT_EQ(ids(plan_.playlist()), (std::vector<Id>{0, 1, 2})) << "it was not given its time";
  now_ += 60s;
  plan_.on_ended(now_);
  EXPECT_EQ(ids(plan_.playlist()), (std::vector<Id>{1, 2, 0}));
  plan_.on_started(now_);
  now_ += 60s;
  plan_.on_ended(now_);
  EXPECT_EQ(ids(plan_.playlist()), (std::vector<Id>{2, 0, 1})) << "each in turn";
  plan_.on_started(now_);
  plan_.on_video(now_, 2);
  now_ += 1h;
  EXPECT_EQ(next(), "-") << "nobody who was there from the start is given up";
  plan_.on_ended(now_);
  EXPECT_EQ(ids(plan_.playlist()), (std::vector<Id>{2, 0, 1}));
}

TEST_F(SharedProcess, OneThatRestsIsDroppedAndComesAgainAndIsNotGivenUp) {
  start_one();
  plan_.want(camera(1));
  next(), told();
  plan_.on_video(now_, 1);
  plan_.rest(1, now_ + 4s);
  EXPECT_TRUE(plan_.is_resting(1));
  EXPECT_EQ(next(), "drop 1");
  told();
  EXPECT_EQ(ids(plan_.playlist()), (std::vector<Id>{0, 1}));
  now_ += 3900ms;
  EXPECT_EQ(next(), "-");
  now_ += 100ms;
  EXPECT_EQ(next(), "add 1");
  told();
  EXPECT_FALSE(plan_.is_resting(1));
  now_ += 1h;
  EXPECT_EQ(next(), "-") << "it has shown video before";
}

TEST_F(SharedProcess, VideoOfAFormerProcessCounts) {
  start_one();
  plan_.want(camera(1));
  next(), told();
  plan_.on_video(now_, 1);
  plan_.on_ended(now_);
  plan_.on_started(now_);
  plan_.on_video(now_, 0);
  plan_.want(camera(2));
  EXPECT_EQ(next(), "add 2");
  told();
  now_ += 1h;
  EXPECT_EQ(next(), "give up 2");
  EXPECT_EQ(next(), "drop 2");
  told();
  EXPECT_EQ(next(), "-");
}

TEST_F(SharedProcess, AnIdIsFreeAlsoWhenItsRequestWasAnsweredLate) {
  start_one();
  plan_.want(camera(1));
  EXPECT_EQ(next(), "add 1");
  plan_.unwant(now_, 1);
  now_ += 10s;
  EXPECT_EQ(next(), "-");
  EXPECT_TRUE(plan_.busy(now_).contains(1)) << "it may be told just now";
  told(TellResult::kNotReached);
  EXPECT_FALSE(plan_.busy(now_).contains(1));
}

TEST_F(SharedProcess, RefusedCameraIsGivenUpAtOnce) {
  start_one();
  plan_.want(camera(1));
  next(), told(TellResult::kRefused);
  EXPECT_EQ(next(), "give up 1");
  EXPECT_EQ(why_, "the shared process refused it");
}

TEST_F(SharedProcess, AProcessThatIsNotUpYetIsToldLater) {
  plan_.want(camera(0));
  plan_.on_started(now_);
  plan_.want(camera(1));
  plan_.want(camera(2));
  plan_.unwant(now_, 0);
  EXPECT_EQ(next(), "-") << "it would be lost while the model is loaded";
  now_ += 59900ms;
  EXPECT_EQ(next(), "-");
  now_ += 100ms;
  EXPECT_EQ(next(), "drop 0") << "it may be a dark camera that it began with";
  for (int i = 0; i < 10; ++i) {
    told(TellResult::kNotReached);
    EXPECT_EQ(next(), "-");
    now_ += 500ms;
    EXPECT_EQ(next(), "drop 0");
  }
  told();
  EXPECT_EQ(next(), "add 1");
  told();
  now_ += 1h;
  EXPECT_TRUE(plan_.is_told(1));
  EXPECT_EQ(next(), "add 2") << "without any video it is the process that is wrong";
}

TEST_F(SharedProcess, TheFirstVideoOpensIt) {
  plan_.want(camera(0));
  plan_.on_started(now_);
  plan_.want(camera(1));
  now_ += 10s;
  EXPECT_EQ(next(), "-");
  plan_.on_video(now_, 0);
  EXPECT_EQ(next(), "add 1");
  told();
  now_ += 14900ms;
  EXPECT_EQ(next(), "-");
  now_ += 100ms;
  EXPECT_EQ(next(), "give up 1");
}

TEST_F(SharedProcess, AProcessThatWasUpAndListensNoMoreIsNotWaitedFor) {
  start_one();
  plan_.want(camera(1));
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(next(), "add 1");
    told(TellResult::kNotReached);
    now_ += 500ms;
  }
  EXPECT_EQ(next(), "give up 1");
  EXPECT_EQ(why_, "the shared process did not listen for 15 s");
  EXPECT_EQ(next(), "-") << "it never was there";
}

TEST_F(SharedProcess, AnAddWithoutAnAnswerIsNotRepeated) {
  start_one();
  plan_.want(camera(1));
  EXPECT_EQ(next(), "add 1");
  told(TellResult::kUnknown);
  now_ += 1s;
  EXPECT_EQ(next(), "-");
  EXPECT_TRUE(plan_.is_told(1));
}

TEST_F(SharedProcess, AProcessThatCannotBeToldToDropIsRestartedOnce) {
  start_one();
  plan_.want(camera(1));
  next(), told();
  plan_.unwant(now_, 1);
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(next(), "drop 1");
    told(i % 2 == 0 ? TellResult::kUnknown : TellResult::kNotReached);
    now_ += 500ms;
  }
  EXPECT_EQ(next(), "restart");
  EXPECT_EQ(next(), "-");
  plan_.on_ended(now_);
  plan_.on_started(now_);
  EXPECT_EQ(ids(plan_.playing()), (std::vector<Id>{0}));
}

TEST_F(SharedProcess, AChangedCameraGoesBeforeItComes) {
  start_one();
  plan_.want(camera(0, "rtsp://two"));
  EXPECT_EQ(next(), "drop 0");
  told();
  EXPECT_EQ(next(), "add 0");
  told();
  EXPECT_EQ(plan_.playing().front().entry["url"], "rtsp://two");
}

TEST_F(SharedProcess, AnAnswerOfADeadProcessMeansNothing) {
  start_one();
  plan_.want(camera(1));
  EXPECT_EQ(next(), "add 1");
  plan_.on_ended(now_);
  told();
  EXPECT_TRUE(plan_.playing().empty());
  plan_.on_started(now_);
  EXPECT_EQ(ids(plan_.playing()), (std::vector<Id>{0, 1}));
}

TEST_F(SharedProcess, AnAdoptedOneIsBroughtInLineWhenAllIsKnown) {
  plan_.want(camera(1));
  plan_.want(camera(2));
  plan_.on_adopted(now_, {camera(0), camera(1)});
  plan_.on_video(now_, 1);
  may_drop_ = false;
  EXPECT_EQ(next(), "add 2");
  told();
  EXPECT_EQ(next(), "-") << "somebody may still want 0";
  may_drop_ = true;
  EXPECT_EQ(next(), "drop 0");
}

// ---- at random

// What a process does with what it is told.
struct World {
  std::map<Id, Channel> plays;
  std::set<Id> unsure;  // it was told in vain, or nobody knows
  bool up = false;
};

class Random : public ::testing::TestWithParam<unsigned> {
 protected:
  std::mt19937 random_{GetParam()};
  bool one_in(unsigned n) { return random_() % n == 0; }

  ChannelPlan plan_{{15s, 3s, 500ms, 30s, 60s}};
  ChannelPlan::TimePoint now_{1000s};
  World world_;
  std::map<Id, Channel> wanted_;
  std::set<Id> steady_;  // wanted, seen and not changed since
  std::set<Id> given_up_;
  bool faults_ = true;

  bool is_dead(const Channel& channel) const {
    return channel.entry["url"].get<std::string>().ends_with("dead");
  }

  void change_something() {
    const Id id = static_cast<Id>(random_() % 5);
    if (!wanted_.contains(id) && !plan_.busy(now_).contains(id)) {
      wanted_[id] = camera(id, std::to_string(random_()) + (one_in(5) ? "dead" : ""));
      plan_.want(wanted_[id]);
    } else if (wanted_.contains(id) && one_in(2)) {
      wanted_.erase(id);
      steady_.erase(id);
      given_up_.erase(id);
      plan_.unwant(now_, id);
    }
  }

  void start_or_kill() {
    if (world_.up) {
      world_ = {};
      plan_.on_ended(now_);
      steady_.clear();
    } else if (!plan_.playlist().empty()) {
      world_.up = true;
      for (const Channel& channel : plan_.playlist()) world_.plays[channel.id] = channel;
      plan_.on_started(now_);
    }
  }

  void obey(const ChannelPlan::Step& step) {
    const Id id = step.channel.id;
    switch (step.action) {
      case Action::kNone:
        return;
      case Action::kGiveUp:
        ASSERT_TRUE(wanted_.contains(id));
        ASSERT_FALSE(steady_.contains(id)) << "it plays";
        given_up_.insert(id);
        return;
      case Action::kRestart:
        ASSERT_TRUE(faults_);
        start_or_kill();
        return;
      case Action::kAdd:
        ASSERT_TRUE(wanted_.contains(id));
        ASSERT_TRUE(!world_.plays.contains(id) || world_.unsure.contains(id)) << "twice in one seat";
        break;
      case Action::kDrop:
        ASSERT_FALSE(steady_.contains(id)) << "an undisturbed camera";
        ASSERT_TRUE(world_.plays.contains(id) || world_.unsure.contains(id)) << "is not there";
        break;
    }
    const bool fails = faults_ && one_in(4);
    const bool is_done = !fails || one_in(2);
    if (is_done && step.action == Action::kAdd) world_.plays.try_emplace(id, step.channel);
    if (is_done && step.action == Action::kDrop) world_.plays.erase(id);
    if (fails) world_.unsure.insert(id);
    plan_.on_told(now_, !fails    ? TellResult::kTaken
                        : is_done ? TellResult::kUnknown
                                  : TellResult::kNotReached);
  }

  void show_video() {
    for (const auto& [id, channel] : world_.plays) {
      if (is_dead(channel)) continue;
      plan_.on_video(now_, id);
      const auto wish = wanted_.find(id);
      if (wish != wanted_.end() && wish->second == channel && plan_.is_told(id) && !given_up_.contains(id))
        steady_.insert(id);
    }
  }

  void one_round() {
    obey(plan_.next(
        now_, [](Id) { return true; }, true));
    if (HasFatalFailure()) return;
    show_video();
    for (const auto& [id, channel] : world_.plays) ASSERT_TRUE(plan_.busy(now_).contains(id));
    now_ += 250ms;
  }
};

TEST_P(Random, OthersAreUndisturbedAndItComesOutRight) {
  for (int i = 0; i < 500; ++i) {
    if (one_in(3)) change_something();
    if (one_in(40)) start_or_kill();
    one_round();
    if (HasFatalFailure()) return;
  }
  faults_ = false;
  if (!world_.up) start_or_kill();
  for (int i = 0; i < 800; ++i) {
    one_round();
    if (HasFatalFailure()) return;
  }
  for (const auto& [id, channel] : wanted_) {
    const bool plays = world_.plays.contains(id) && world_.plays[id] == channel;
    EXPECT_NE(plays, given_up_.contains(id)) << "camera " << id;
  }
  for (const auto& [id, channel] : world_.plays) EXPECT_TRUE(wanted_.contains(id)) << "camera " << id;
  auto playlist = ids(plan_.playlist());
  std::sort(playlist.begin(), playlist.end());
  EXPECT_EQ(ids(plan_.playing()), playlist);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Random, ::testing::Range(0U, 200U));

}  // namespace
}  // namespace stream::api
