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

  std::set<std::string> owned() const {
    std::set<std::string> names;
    for (const auto& task : owned_) names.insert(task->task_id + "/" + std::to_string(task->algorithm));
    return names;
  }

  Metrics metrics_;
  Counters counters_{metrics_};
  std::vector<TaskPtr> owned_;
  TaskBoard board_{"me", 100, counters_, [this](std::vector<TaskPtr> tasks) { owned_ = std::move(tasks); }};
};

TEST_F(Board, OwnsNothingBeforeItIsAMember) {
  board_.on_tasks({{entry(plate_task("t"))}, true});
  EXPECT_TRUE(owned().empty());
  board_.on_nodes({"me"});
  EXPECT_EQ(owned(), std::set<std::string>{"t/0"});
}

TEST_F(Board, EveryTaskIsOnExactlyOneNode) {
  std::vector<TaskPtr> owned_by_other;
  TaskBoard other("you", 100, counters_,
                  [&](std::vector<TaskPtr> tasks) { owned_by_other = std::move(tasks); });
  bus::Watch::Changes all{{}, true};
  for (int i = 0; i < 50; ++i) all.entries.push_back(entry(plate_task("task" + std::to_string(i))));
  for (auto* board : {&board_, &other}) {
    board->on_tasks(all);
    board->on_nodes({"me", "you"});
  }
  auto names = owned();
  EXPECT_GT(names.size(), 5U);
  EXPECT_GT(owned_by_other.size(), 5U);
  for (const auto& task : owned_by_other) EXPECT_TRUE(names.insert(task->task_id + "/0").second);
  EXPECT_EQ(names.size(), 50U);
}

TEST_F(Board, ListWithoutOurselvesChangesNothing) {
  board_.on_tasks({{entry(plate_task("t"))}, true});
  board_.on_nodes({"me"});
  board_.on_nodes({});
  board_.on_nodes({"you"});
  EXPECT_EQ(owned(), std::set<std::string>{"t/0"});
}

TEST_F(Board, DeletedTasksGo) {
  board_.on_nodes({"me"});
  board_.on_tasks({{entry(plate_task("a")), entry(plate_task("b"))}, true});
  board_.on_tasks({{{topics::task_key("a"), "", 3, true}}, false});
  EXPECT_EQ(owned(), std::set<std::string>{"b/0"});
  board_.on_tasks({{entry(plate_task("c"))}, true});
  EXPECT_EQ(owned(), std::set<std::string>{"c/0"});
}

TEST_F(Board, RecordThatCannotBeWorkedWithLeavesTheOthersAlone) {
  board_.on_nodes({"me"});
  auto half = plate_task("half");
  half.algorithms.push_back(half.algorithms[0]);
  half.algorithms[0].logic_json = "rubbish";
  board_.on_tasks(
      {{entry(half), entry(plate_task("good")), {topics::task_key("bad"), "\x01rubbish", 1, false}}, true});
  EXPECT_EQ(owned(), (std::set<std::string>{"good/0", "half/1"}));
  EXPECT_EQ(counters_.records_refused.value(), 2);
}

}  // namespace
}  // namespace stream::logic
