#include "state_book.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "state_message.hpp"

namespace stream::api {
namespace {

using namespace std::chrono_literals;

SupervisedTask task_at(bus::Revision revision, StreamState state = StreamState::kRunning) {
  SupervisedTask task{"one", revision, {{3, "yolov5", Change::kRestarted}}, {}};
  task.statuses.emplace_back().state = state;
  return task;
}

StateReport report(const std::string& node, const SupervisedTask& task) {
  return {node, {to_message(task)}};
}

const StateBook::Clock::time_point kStart{1000s};

TEST(StateMessage, EveryStateAndReasonComesBackAsItWas) {
  for (int i = 0; name_of(static_cast<StreamState>(i)) != "unknown"; ++i) {
    for (int j = 0; name_of(static_cast<StreamReason>(j)) != "unknown"; ++j) {
      StreamStatus status;
      status.state = static_cast<StreamState>(i);
      status.reason = static_cast<StreamReason>(j);
      status.text = "words";
      status.over = true;
      status.since_us = 1;
      status.last_exit = "exit code 0";
      status.exit_code = 0;
      if (j == 1) status.exit_signal = 9;
      status.pid = 4711;
      status.restarts = 2;
      status.fps_in = 25;
      status.fps_posted = 24.5;
      status.last_frame_us = 3;
      status.memory_bytes = 4;
      const SupervisedTask task{"one", 7, {{3, "yolov5", Change::kRulesChanged}}, {status}};
      const SupervisedTask back = from_message(to_message(task));
      EXPECT_EQ(back.statuses, task.statuses);
      EXPECT_EQ(back.changes, task.changes);
      EXPECT_EQ(back.revision, 7U);
    }
  }
}

TEST(StateMessage, WordsOfANewerNodeDoNoHarm) {
  TaskState state{"one", 1, {{3, "yolov5", "turned around"}}, {}};
  ProcessState process;
  process.state = "dreaming";
  process.reason = "sheep";
  process.text = "counts them";
  state.processes = {process};
  const SupervisedTask task = from_message(state);
  EXPECT_EQ(task.statuses.at(0).state, StreamState::kQueued);
  EXPECT_EQ(task.statuses.at(0).reason, StreamReason::kNone);
  EXPECT_EQ(task.statuses.at(0).text, "counts them");
  EXPECT_EQ(task.changes.at(0).change, Change::kUnchanged);
}

TEST(StateBook, FormerNodeDoesNotHideTheNewOne) {
  StateBook book;
  EXPECT_FALSE(book.find("one"));
  book.take(report("a", task_at(5)), kStart);
  book.take(report("b", task_at(6, StreamState::kStarting)), kStart);
  book.take(report("a", task_at(5, StreamState::kStopping)), kStart);
  ASSERT_TRUE(book.find("one"));
  EXPECT_EQ(book.find("one")->node, "b");
  EXPECT_EQ(book.find("one")->task.statuses.at(0).state, StreamState::kStarting);
}

TEST(StateBook, WhatIsNotToldAnyMoreIsForgotten) {
  StateBook book;
  book.take(report("a", task_at(5)), kStart);
  SupervisedTask other = task_at(6);
  other.task_id = "two";
  book.take(report("a", other), kStart + StateBook::kForgetAfter);
  EXPECT_FALSE(book.find("one"));
  EXPECT_TRUE(book.find("two"));
}

TEST(StateBook, ChangesAreWaitedForAndAreThoseOfTheirRevision) {
  StateBook book;
  EXPECT_FALSE(book.changes_of("one", 5, 1ms));
  const std::jthread node([&] { book.take(report("a", task_at(5)), kStart); });
  const auto changes = book.changes_of("one", 5, 60s);
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->at(0).change, Change::kRestarted);
  EXPECT_FALSE(book.changes_of("one", 4, 1ms)) << "another change came after it";
}

}  // namespace
}  // namespace stream::api
