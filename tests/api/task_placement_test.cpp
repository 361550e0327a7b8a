#include "task_placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace stream::api {
namespace {

std::vector<ApiMember> members_of(std::size_t count, std::size_t most = 100) {
  std::vector<ApiMember> members;
  for (std::size_t i = 0; i < count; ++i) members.push_back({"api-" + std::to_string(i), {}, most, 0});
  return members;
}

PlacedTask task_of(const std::string& id, const std::string& node = "") {
  PlacedTask task;
  task.task_id = id;
  task.node = node;
  return task;
}

TEST(Placing, NodeThatUsesTheSmallestPartOfWhatItMayRunIsTaken) {
  std::vector<ApiMember> members{{"small", {}, 10, 2}, {"large", {}, 100, 15}};
  EXPECT_EQ(place(members, task_of("a")), "large");
  members[1].processes = 30;
  EXPECT_EQ(place(members, task_of("a")), "small");
}

TEST(Placing, FullNodeIsTakenOnlyWhenAllAre) {
  std::vector<ApiMember> members{{"full", {}, 10, 10}, {"free", {}, 10, 9}};
  EXPECT_EQ(place(members, task_of("a")), "free");
  members[1].processes = 30;
  EXPECT_EQ(place(members, task_of("a")), "full");
}

TEST(Placing, NodeNeedsAllLabels) {
  const std::vector<ApiMember> members{{"one", {"tpu"}, 10, 0}, {"two", {"tpu", "hall"}, 10, 9}};
  PlacedTask task = task_of("a");
  task.labels = {"tpu", "hall"};
  EXPECT_EQ(place(members, task), "two");
  task.labels = {"yard"};
  EXPECT_EQ(place(members, task), std::nullopt);
  EXPECT_EQ(place({}, task_of("a")), std::nullopt);
}

TEST(Placing, EqualNodesAreTakenByRendezvousWhateverTheirOrder) {
  auto members = members_of(3);
  std::map<std::string, int> taken;
  for (int i = 0; i < 300; ++i) {
    const PlacedTask task = task_of("task " + std::to_string(i));
    const auto chosen = place(members, task);
    ASSERT_TRUE(chosen);
    ++taken[*chosen];
    std::rotate(members.begin(), members.begin() + 1, members.end());
    EXPECT_EQ(place(members, task), chosen);
  }
  for (const auto& [node, count] : taken) EXPECT_GT(count, 60) << node;
  EXPECT_EQ(taken.size(), 3U);
}

TEST(Placing, NodeThatTellsNoLimitHasTheUsualOne) {
  NodeRecord record;
  record.node = "old";
  EXPECT_EQ(to_member(record), (ApiMember{"old", {}, 1000, 0}));
  record.labels = {"tpu"};
  record.max_processes = 8;
  EXPECT_EQ(to_member(record), (ApiMember{"old", {"tpu"}, 8, 0}));
}

TEST(Failover, TiedTaskWaitsForItsNode) {
  PlacedTask tied = task_of("camera", "gone");
  tied.is_tied = true;
  EXPECT_TRUE(failover({tied}, members_of(1), {"gone"}, "api-0").empty());
  tied.node.clear();  // of nobody: a record from before nodes were named
  EXPECT_EQ(failover({tied}, members_of(1), {}, "api-0"), (std::vector<Move>{{"camera", "", "api-0"}}));
}

TEST(Failover, TaskWithoutANodeForItsLabelsWaits) {
  PlacedTask task = task_of("a", "gone");
  task.labels = {"tpu"};
  auto members = members_of(2);
  EXPECT_TRUE(failover({task}, members, {"gone"}, "api-0").empty());
  members[1].labels = {"tpu"};
  std::vector<Move> moves = failover({task}, members, {"gone"}, "api-0");
  const auto others = failover({task}, members, {"gone"}, "api-1");
  moves.insert(moves.end(), others.begin(), others.end());
  EXPECT_EQ(moves, (std::vector<Move>{{"a", "gone", "api-1"}}));
}

// Whoever is gone, however the labels lie: each task that can be moved is moved by exactly one node, to one
// that is up and has its labels; nothing else is touched.
TEST(Failover, EachTaskIsMovedOnceAndOnlyWhereItMayRun) {
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same tasks every time
  const auto chance = [&](unsigned one_in) { return random() % one_in == 0; };
  const std::vector<std::string> labels{"tpu", "hall", "yard"};
  for (int round = 0; round < 200; ++round) {
    auto members = members_of(1 + random() % 6, 5);
    std::set<std::string> gone;
    for (ApiMember& member : members) {
      for (const std::string& label : labels) {
        if (chance(2)) member.labels.insert(label);
      }
      if (chance(4)) gone.insert(member.node);
    }
    gone.insert("far away");
    std::map<std::string, PlacedTask> tasks;
    std::vector<PlacedTask> list;
    for (int i = 0; i < 50; ++i) {
      const std::size_t node = random() % (members.size() + 2);
      PlacedTask task = task_of("task " + std::to_string(i), node < members.size()    ? members[node].node
                                                             : node == members.size() ? "far away"
                                                                                      : "");
      if (chance(3)) task.labels.push_back(labels[random() % labels.size()]);
      task.is_tied = chance(5);
      task.processes = 1 + random() % 3;
      tasks[task.task_id] = task;
      list.push_back(task);
    }
    std::map<std::string, std::string> moved;
    for (const ApiMember& self : members) {
      if (gone.contains(self.node)) continue;
      for (const Move& move : failover(list, members, gone, self.node)) {
        EXPECT_TRUE(moved.emplace(move.task_id, move.to).second) << move.task_id;
      }
    }
    for (const auto& [id, task] : tasks) {
      std::set<std::string> fit;
      for (const ApiMember& member : members) {
        const bool suits = std::all_of(task.labels.begin(), task.labels.end(),
                                       [&](const auto& label) { return member.labels.contains(label); });
        if (suits && !gone.contains(member.node)) fit.insert(member.node);
      }
      const bool is_lost = task.node.empty() || (gone.contains(task.node) && !task.is_tied);
      ASSERT_EQ(moved.contains(id), is_lost && !fit.empty()) << id;
      if (!moved.contains(id)) continue;
      EXPECT_TRUE(fit.contains(moved.at(id))) << id;
    }
  }
}

TEST(Failover, TasksOfANodeThatIsGoneAreSpreadByLoad) {
  std::vector<PlacedTask> tasks;
  for (int i = 0; i < 90; ++i) tasks.push_back(task_of("task " + std::to_string(i), "gone"));
  auto members = members_of(3);
  members[0].processes = 30;  // has as many already as the others will get
  std::map<std::string, std::size_t> processes{{"api-0", 30}};
  // One after the other, as each sees the records that were written before.
  for (const ApiMember& self : members_of(3)) {
    for (const Move& move : failover(tasks, members, {"gone"}, self.node)) ++processes[move.to];
    for (ApiMember& member : members) member.processes = processes[member.node];
  }
  for (const auto& [node, count] : processes) EXPECT_EQ(count, 40U) << node;
}

}  // namespace
}  // namespace stream::api
