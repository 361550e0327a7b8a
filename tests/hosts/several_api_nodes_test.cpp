// An api-node that is killed while its host lives on: its stream processes go on posting, its tasks run on
// another, and it comes back.
#include <gtest/gtest.h>

#include <csignal>
#include <map>

#include "cluster.hpp"
#include "nodes.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::hosts {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr const char* kStreet = "/no/such/folder/street.avi";  // never ends

// Of a task with one algorithm.
struct Seen {
  std::string node, state, reason;
  pid_t pid = 0;
};

json ask(Nodes& nodes, const std::string& node, const std::string& verb, const json& body) {
  const auto answer = test::http_request(nodes.record(node)->address, "POST", "/task/" + verb, body.dump());
  return json::parse(answer.body, nullptr, false);
}

// As `node` tells it.
Seen look(Nodes& nodes, const std::string& node, const std::string& id) {
  const json answer = ask(nodes, node, "query", {{"TaskID", id}});
  if (!answer.contains("Result")) return {};
  const json& algorithm = answer["Result"]["Algorithms"][0];
  return {answer["Result"]["Node"], algorithm["State"], algorithm.value("ReasonCode", ""),
          algorithm.value("Pid", 0)};
}

TEST(SeveralApiNodes, TasksOfAKilledOneRunElsewhereOnceAndStayThere) {
  Nodes nodes;
  nodes.start("ingest", "ingest-1");
  nodes.start("logic", "logic-1");
  nodes.start("reporter", "reporter-1");
  for (const char* name : {"api-1", "api-2"}) nodes.start("api", name, {}, {"failover_grace_ms=2000"});
  ASSERT_TRUE(eventually([&] {
    return ask(nodes, "api-1", "list", json::object())["Code"] == 0 &&
           ask(nodes, "api-2", "list", json::object())["Code"] == 0;
  }));
  const std::vector<std::string> tasks{"one", "two"};
  for (const std::string& id : tasks) {
    const json answer = ask(nodes, "api-1", "create", nodes.plate_task(id, kStreet));
    ASSERT_EQ(answer["Code"], 0) << answer;
    ASSERT_TRUE(eventually([&] { return !nodes.told(id).empty(); }, seconds(90))) << id;
  }
  const std::string killed = look(nodes, "api-1", "one").node;
  const std::string left = killed == "api-1" ? "api-2" : "api-1";
  ASSERT_EQ(look(nodes, left, "two").node, left) << "each has one of the two tasks";
  ASSERT_TRUE(eventually([&] { return look(nodes, left, "one").state == "running"; }, seconds(30)));
  const Seen one = look(nodes, left, "one"), two = look(nodes, left, "two");

  nodes.process(killed).signal(SIGKILL);
  ASSERT_TRUE(eventually([&] { return look(nodes, left, "one").reason == "node_away"; }, seconds(30)));
  EXPECT_TRUE(faults::is_alive(one.pid)) << "its supervisor is gone, it is not";
  ASSERT_TRUE(eventually(
      [&] {
        const Seen now = look(nodes, left, "one");
        return now.node == left && now.state == "running";
      },
      seconds(60)));
  const Seen moved = look(nodes, left, "one");
  EXPECT_NE(moved.pid, one.pid);
  const auto told = nodes.told("one").size();
  EXPECT_TRUE(eventually([&] { return nodes.told("one").size() > told; }, seconds(90)));
  EXPECT_EQ(look(nodes, left, "two").pid, two.pid) << "nothing else is restarted";

  nodes.start("api", killed, {}, {"failover_grace_ms=2000"});
  EXPECT_TRUE(eventually([&] { return !faults::is_alive(one.pid); }, seconds(30))) << "nothing is left of it";
  ASSERT_TRUE(eventually([&] { return look(nodes, killed, "one").pid == moved.pid; }, seconds(30)));
  EXPECT_EQ(look(nodes, killed, "one").node, left) << "nothing moves back";
  EXPECT_EQ(nodes.metric(killed, "stream_api_processes_started_total"), 0);

  // Deleted where it does not run.
  EXPECT_EQ(ask(nodes, killed, "delete", {{"TaskID", "one"}})["Code"], 0);
  EXPECT_TRUE(eventually([&] { return !faults::is_alive(moved.pid); }, seconds(30)));
}

}  // namespace
}  // namespace stream::hosts
