// An api-node that is killed while its host lives on: its stream processes go on posting, its tasks run on
// another, and it comes back.
#include <gtest/gtest.h>

#include <csignal>

#include "cluster.hpp"
#include "nodes.hpp"
#include "stream/common/eventually.hpp"

namespace stream::hosts {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr const char* kStreet = "/no/such/folder/street.avi";  // never ends

TEST(SeveralApiNodes, TasksOfAKilledOneRunElsewhereOnceAndStayThere) {
  Nodes nodes;
  nodes.start("ingest", "ingest-1");
  nodes.start("logic", "logic-1");
  nodes.start("reporter", "reporter-1");
  for (const char* name : {"api-1", "api-2"}) nodes.start("api", name, {}, {"failover_grace_ms=2000"});
  ASSERT_TRUE(eventually([&] {
    return nodes.ask("api-1", "list", json::object())["Code"] == 0 &&
           nodes.ask("api-2", "list", json::object())["Code"] == 0;
  }));
  const std::vector<std::string> tasks{"one", "two"};
  for (const std::string& id : tasks) {
    const json answer = nodes.ask("api-1", "create", nodes.plate_task(id, kStreet));
    ASSERT_EQ(answer["Code"], 0) << answer;
    ASSERT_TRUE(eventually([&] { return !nodes.told(id).empty(); }, seconds(90))) << id;
  }
  const std::string killed = nodes.look("api-1", "one").node;
  const std::string left = killed == "api-1" ? "api-2" : "api-1";
  ASSERT_EQ(nodes.look(left, "two").node, left) << "each has one of the two tasks";
  ASSERT_TRUE(eventually([&] { return nodes.look(left, "one").state == "running"; }, seconds(30)));
  const Seen one = nodes.look(left, "one"), two = nodes.look(left, "two");

  nodes.process(killed).signal(SIGKILL);
  ASSERT_TRUE(eventually([&] { return nodes.look(left, "one").reason == "node_away"; }, seconds(30)));
  EXPECT_TRUE(faults::is_alive(one.pid)) << "its supervisor is gone, it is not";
  ASSERT_TRUE(eventually(
      [&] {
        const Seen now = nodes.look(left, "one");
        return now.node == left && now.state == "running";
      },
      seconds(60)));
  const Seen moved = nodes.look(left, "one");
  EXPECT_NE(moved.pid, one.pid);
  const auto told = nodes.told("one").size();
  EXPECT_TRUE(eventually([&] { return nodes.told("one").size() > told; }, seconds(90)));
  EXPECT_EQ(nodes.look(left, "two").pid, two.pid) << "nothing else is restarted";
  EXPECT_TRUE(faults::is_alive(one.pid)) << "it still posts";
  EXPECT_TRUE(eventually([&] {
    return nodes.metric("ingest-1", "stream_ingest_rejected_total", R"(reason="unknown_key")") > 0;
  })) << "and is refused";

  nodes.start("api", killed, {}, {"failover_grace_ms=2000"});
  EXPECT_TRUE(eventually([&] { return !faults::is_alive(one.pid); }, seconds(30))) << "nothing is left of it";
  ASSERT_TRUE(eventually([&] { return nodes.look(killed, "one").pid == moved.pid; }, seconds(30)));
  EXPECT_EQ(nodes.look(killed, "one").node, left) << "nothing moves back";
  EXPECT_EQ(nodes.metric(killed, "stream_api_processes_started_total"), 0);

  // Deleted where it does not run.
  EXPECT_EQ(nodes.ask(killed, "delete", {{"TaskID", "one"}})["Code"], 0);
  EXPECT_TRUE(eventually([&] { return !faults::is_alive(moved.pid); }, seconds(30)));
}

}  // namespace
}  // namespace stream::hosts
