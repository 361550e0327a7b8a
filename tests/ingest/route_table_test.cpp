#include "route_table.hpp"

#include <gtest/gtest.h>

#include "stream/bus/memory_bus.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/source.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ingest {
namespace {

class RouteTableTest : public testing::Test {
 protected:
  bus::Entry task(const std::string& id, const std::vector<std::string>& path_keys) {
    TaskRecord record;
    record.task_id = id;
    for (const auto& path_key : path_keys) record.algorithms.emplace_back().path_key = path_key;
    return {topics::task_key(id), encode(record), ++revision, false};
  }
  bus::Entry gone(const std::string& id) { return {topics::task_key(id), "", ++revision, true}; }
  std::string task_of(const std::string& path_key) {
    const auto channel = routes.find(path_key);
    return channel == nullptr ? "none" : fmt::format("{}/{}", channel->task_id(), channel->algorithm());
  }

  const std::unique_ptr<bus::Bus> memory_bus = bus::make_memory_bus();
  const std::unique_ptr<bus::Publisher> publisher = memory_bus->make_publisher();
  Metrics metrics;
  ChannelCounters counters{metrics};
  Counter numbered = metrics.counter("numbered", "");
  RouteTable routes{metrics,
                    [this](const std::string& task_id, std::uint32_t algorithm, std::uint64_t source) {
                      return std::make_shared<FrameChannel>(*publisher, counters, numbered, task_id,
                                                            algorithm, source, ReplayLimits{10, 1024});
                    }};
  bus::Revision revision = 0;
};

TEST_F(RouteTableTest, KeysLeadToTaskAndAlgorithm) {
  routes.apply({{task("a", {"k1", "k2"}), task("b", {"k3", ""})}, true});
  EXPECT_EQ(task_of("k1"), "a/0");
  EXPECT_EQ(task_of("k2"), "a/1");
  EXPECT_EQ(task_of("k3"), "b/0");
  EXPECT_EQ(task_of(""), "none");
  EXPECT_EQ(task_of("k"), "none");
}

TEST_F(RouteTableTest, ChangedAndDeletedTasksLoseTheirOldKeys) {
  routes.apply({{task("a", {"k1", "k2"}), task("b", {"k3"})}, true});
  routes.apply({{task("a", {"k2", "k4"}), gone("b")}, false});
  EXPECT_EQ(task_of("k1"), "none");
  EXPECT_EQ(task_of("k2"), "a/0") << "the same key for another algorithm";
  EXPECT_EQ(task_of("k3"), "none");
  EXPECT_EQ(task_of("k4"), "a/1");
}

TEST_F(RouteTableTest, LifeThatGoesOnUnderAnotherKeyKeepsItsChannel) {
  TaskRecord record;
  record.task_id = "a";
  record.algorithms.emplace_back().path_key = "k1";
  const auto write = [&] {
    routes.apply({{{topics::task_key("a"), encode(record), ++revision, false}}, false});
  };
  write();
  const auto channel = routes.find("k1");
  ASSERT_NE(channel, nullptr);
  record.algorithms[0].life = source_of(record.algorithms[0]);
  record.algorithms[0].path_key = "k2";
  write();
  EXPECT_EQ(task_of("k1"), "none") << "who has the former key is shut out";
  EXPECT_EQ(routes.find("k2"), channel) << "numbers and what waits go on";
  record.algorithms[0].life = 0;
  record.algorithms[0].path_key = "k3";
  write();
  EXPECT_NE(routes.find("k3"), channel) << "another life";
}

TEST_F(RouteTableTest, ResetForgetsWhatIsNotThere) {
  routes.apply({{task("a", {"k1"}), task("b", {"k2"})}, true});
  routes.apply({{task("b", {"k2"})}, true});
  EXPECT_EQ(task_of("k1"), "none");
  EXPECT_EQ(task_of("k2"), "b/0");
}

// Tasks that share the stream process "s", each with its own key and a channel in it.
class SharedRoutes : public RouteTableTest {
 protected:
  bus::Entry sharer(const std::string& id, std::int32_t channel, const std::string& shared_key = "s") {
    TaskRecord record;
    record.task_id = id;
    AlgorithmSpec& spec = record.algorithms.emplace_back();
    spec.path_key = "own key of " + id;
    spec.shared_key = shared_key;
    spec.shared_channel = channel;
    return {topics::task_key(id), encode(record), ++revision, false};
  }
  std::string sharer_of(std::int32_t channel) {
    const auto route = routes.find_shared("s");
    if (route == nullptr || !route->contains(channel)) return "none";
    return route->at(channel)->task_id();
  }
};

TEST_F(SharedRoutes, ChannelsLeadToTasks) {
  routes.apply({{sharer("a", 0), sharer("b", 3)}, true});
  EXPECT_EQ(sharer_of(0), "a");
  EXPECT_EQ(sharer_of(3), "b");
  EXPECT_EQ(sharer_of(1), "none");
  EXPECT_EQ(task_of("own key of a"), "a/0") << "should it get a process of its own";
  EXPECT_EQ(routes.find_shared("s")->at(0), routes.find("own key of a"));
  EXPECT_EQ(task_of("s"), "none");
}

TEST_F(SharedRoutes, WhoLeavesHasNoFramesAnyMore) {
  routes.apply({{sharer("a", 0), sharer("b", 1), sharer("c", 2)}, true});
  routes.apply({{gone("a"), sharer("b", 5)}, false});
  EXPECT_EQ(sharer_of(0), "none");
  EXPECT_EQ(sharer_of(1), "none");
  EXPECT_EQ(sharer_of(5), "b");
  EXPECT_EQ(sharer_of(2), "c");
  routes.apply({{sharer("b", 0, ""), gone("c")}, false});
  EXPECT_EQ(routes.find_shared("s"), nullptr);
  EXPECT_EQ(task_of("own key of b"), "b/0");
}

TEST_F(SharedRoutes, AChannelThatTwoTasksHaveIsNobodys) {
  routes.apply({{sharer("a", 0), sharer("b", 0), sharer("c", 1)}, true});
  EXPECT_EQ(sharer_of(0), "none");
  EXPECT_EQ(sharer_of(1), "c");
  routes.apply({{gone("a")}, false});
  EXPECT_EQ(sharer_of(0), "b");
}

TEST_F(SharedRoutes, ATaskWrittenAgainKeepsItsChannelWithWhatItHolds) {
  routes.apply({{sharer("a", 0), sharer("b", 1)}, true});
  const auto channel = routes.find_shared("s")->at(1);
  routes.apply({{sharer("b", 1), sharer("a", 0)}, true});
  EXPECT_EQ(routes.find_shared("s")->at(1), channel);
}

TEST_F(RouteTableTest, UnchangedKeysKeepTheirChannelWithWhatItHolds) {
  routes.apply({{task("a", {"k1"})}, true});
  const auto channel = routes.find("k1");
  routes.apply({{task("a", {"k1", "k2"})}, false});
  EXPECT_EQ(routes.find("k1"), channel);
}

TEST_F(RouteTableTest, AnotherLifeWithTheSameKeyIsNumberedAnew) {
  routes.apply({{task("a", {"k1"})}, true});
  const auto former = routes.find("k1");
  TaskRecord record;
  record.task_id = "a";
  record.algorithms.resize(1);
  record.algorithms[0].path_key = "k1";
  record.algorithms[0].life = 7;
  routes.apply({{{topics::task_key("a"), encode(record), ++revision, false}}, false});
  ASSERT_NE(routes.find("k1"), nullptr);
  EXPECT_NE(routes.find("k1"), former);
  EXPECT_EQ(routes.find("k1")->source(), 7U);
  EXPECT_NE(former->source(), 7U);
}

TEST_F(RouteTableTest, ChannelsAreFoundByNameWhileTheirTaskIsThere) {
  routes.apply({{task("a/b", {"k1", "", "k2"})}, true});
  EXPECT_EQ(routes.find_name("a%2Fb/2"), routes.find("k2"));
  EXPECT_EQ(routes.find_name("a%2Fb/1"), nullptr) << "takes no frames";
  EXPECT_EQ(routes.find_name("a/b/2"), nullptr);
  EXPECT_EQ(routes.find_name("a%2Fb/02"), nullptr);
  EXPECT_EQ(routes.find_name(""), nullptr);
  const auto former = routes.find("k1");
  routes.apply({{task("a/b", {"k3"})}, false});
  EXPECT_EQ(routes.find_name("a%2Fb/0"), routes.find("k3"));
  EXPECT_NE(routes.find_name("a%2Fb/0"), former) << "another key: another task of the same name";
  EXPECT_EQ(routes.find_name("a%2Fb/2"), nullptr);
  routes.apply({{gone("a/b")}, false});
  EXPECT_EQ(routes.find_name("a%2Fb/0"), nullptr);
}

TEST_F(RouteTableTest, UnreadableRecordChangesNothing) {
  routes.apply({{task("a", {"k1"})}, true});
  bus::Entry broken = task("a", {"k2"});
  broken.value.resize(5);
  routes.apply({{broken}, false});
  EXPECT_EQ(task_of("k1"), "a/0");
  EXPECT_EQ(metrics.counter("stream_ingest_task_records_unreadable_total", "").value(), 1);
}

TEST_F(RouteTableTest, VisitsEveryChannel) {
  routes.apply({{task("a", {"k1", "k2"}), task("b", {"k3"})}, true});
  int visited = 0;
  routes.for_each([&](FrameChannel&) { ++visited; });
  EXPECT_EQ(visited, 3);
}

}  // namespace
}  // namespace stream::ingest
