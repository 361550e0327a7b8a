#include "task_board.hpp"

#include <gtest/gtest.h>

#include <set>

#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "tasks.hpp"

namespace stream::logic {
namespace {

class Board : public ::testing::Test {
 protected:
  static bus::Entry entry(const TaskRecord& record, bus::Revision revision = 1) {
    return {topics::task_key(record.task_id), encode(record), revision, false};
  }

  std::set<std::string> known() const {
    std::set<std::string> names;
    for (const auto& [key, task] : board_.tasks()) {
      EXPECT_EQ(key, topics::state_key(task->task_id, task->algorithm));
      names.insert(task->task_id + "/" + std::to_string(task->algorithm));
    }
    return names;
  }

  Metrics metrics_;
  Counters counters_{metrics_};
  TaskBoard board_{100, counters_};
};

TEST_F(Board, KnowsEachAlgorithmOfEachTask) {
  EXPECT_EQ(board_.version(), 0U);
  auto two = plate_task("two");
  two.algorithms.push_back(two.algorithms[0]);
  board_.take({{entry(plate_task("one")), entry(two)}, true});
  EXPECT_EQ(known(), (std::set<std::string>{"one/0", "two/0", "two/1"}));
  EXPECT_GT(board_.version(), 0U);
}

TEST_F(Board, DeletedTasksGo) {
  board_.take({{entry(plate_task("a")), entry(plate_task("b")), entry(plate_task("c"))}, true});
  board_.take({{{topics::task_key("a"), "", 3, true}}, false});
  EXPECT_EQ(known(), (std::set<std::string>{"b/0", "c/0"}));
  board_.take({{entry(plate_task("c"))}, true});
  EXPECT_EQ(known(), std::set<std::string>{"c/0"});
}

TEST_F(Board, RecordThatCannotBeWorkedWithLeavesTheOthersAlone) {
  auto half = plate_task("half");
  half.algorithms.push_back(half.algorithms[0]);
  half.algorithms[0].logic_json = "rubbish";
  board_.take(
      {{entry(half), entry(plate_task("good")), {topics::task_key("bad"), "\x01rubbish", 1, false}}, true});
  EXPECT_EQ(known(), (std::set<std::string>{"good/0", "half/1"}));
  EXPECT_EQ(counters_.records_refused.value(), 2);
}

TEST_F(Board, WhatWasKnownBeforeABadRecordStays) {
  auto record = plate_task("t");
  board_.take({{entry(record)}, true});
  record.algorithms[0].logic_json = "rubbish";
  board_.take({{entry(record)}, false});
  board_.take({{{topics::task_key("t"), "\x01rubbish", 1, false}}, true});
  EXPECT_EQ(known(), std::set<std::string>{"t/0"});
}

}  // namespace
}  // namespace stream::logic
