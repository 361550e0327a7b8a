// An ingest-node that goes and stays away: its tasks go on at another.
#include <gtest/gtest.h>

#include <csignal>

#include "nodes.hpp"
#include "stream/common/eventually.hpp"

namespace stream::hosts {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr const char* kStreet = "/no/such/folder/street.avi";  // never ends

TEST(IngestAway, FramesOfAKilledNodesTasksFlowThroughTheOther) {
  Nodes nodes;
  nodes.start("ingest", "ingest-1");
  nodes.start("ingest", "ingest-2");
  nodes.start("logic", "logic-1");
  nodes.start("reporter", "reporter-1");
  nodes.start("api", "api-1", {}, {"ingest_grace_ms=1000"});
  const auto algorithm = [&](const std::string& id) {
    return nodes.api("/task/query", {{"TaskID", id}})["Result"]["Algorithms"][0];
  };
  for (const char* id : {"one", "two"}) {
    ASSERT_EQ(nodes.api("/task/create", nodes.plate_task(id, kStreet))["Code"], 0);
    ASSERT_TRUE(eventually([&] { return !nodes.told(id).empty(); }, seconds(60))) << id;
  }
  const std::string killed = algorithm("one")["IngestNode"];
  const std::string other = killed == "ingest-1" ? "ingest-2" : "ingest-1";
  ASSERT_EQ(algorithm("two")["IngestNode"], other) << "each has one of the two tasks";
  const json two = algorithm("two");
  EXPECT_TRUE(eventually([&] { return nodes.record(killed)->load > 0; }));

  nodes.process(killed).signal(SIGKILL);
  ASSERT_TRUE(eventually([&] { return algorithm("one")["IngestNode"] == other; }, seconds(30)));
  const auto told = nodes.told("one").size();
  EXPECT_TRUE(eventually([&] { return nodes.told("one").size() > told; }, seconds(60)));
  EXPECT_EQ(algorithm("one")["Restarts"], 0);
  EXPECT_EQ(algorithm("two")["Pid"], two["Pid"]) << "nothing else is restarted";

  // What comes back has nothing to do until there is a new task.
  const json one = algorithm("one");
  nodes.start("ingest", killed);
  ASSERT_EQ(nodes.api("/task/create", nodes.plate_task("three", kStreet))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return !nodes.told("three").empty(); }, seconds(60)));
  EXPECT_EQ(algorithm("three")["IngestNode"], killed);
  for (const char* member : {"IngestNode", "Pid", "Restarts"}) {
    EXPECT_EQ(algorithm("one")[member], one[member]) << member << ": nothing moves back";
  }
}

}  // namespace
}  // namespace stream::hosts
