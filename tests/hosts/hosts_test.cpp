// The nodes on hosts of their own, over tcp with CURVE: what docs/deployment.md tells to do, and what happens
// when cables are taken out.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "host_network.hpp"
#include "nodes.hpp"
#include "script.hpp"
#include "stream/common/eventually.hpp"

namespace stream::hosts {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr const char* kStreet = "/no/such/folder/street.avi";  // never ends

class Hosts : public ::testing::Test {
 protected:
  void SetUp() override {
    auto network = HostNetwork::create();
    if (!network) GTEST_SKIP() << network.error().message;
    network_ = std::move(*network);
    nodes_ = std::make_unique<Nodes>(host("broker", 2), HostNetwork::kOwnAddress);
    nodes_->start("ingest", "ingest-1", host("ingest-1", 11));
    nodes_->start("ingest", "ingest-2", host("ingest-2", 12));
    nodes_->start("logic", "logic-1", host("logic-1", 21));
    nodes_->start("logic", "logic-2", host("logic-2", 22));
    // So that what a host that was cut off had in its hands comes soon to another.
    nodes_->start("reporter", "rep-1", host("rep-1", 31), {"lease_ms=3000"});
    nodes_->start("reporter", "rep-2", host("rep-2", 32), {"lease_ms=3000"});
    nodes_->start("api", "api-1", host("api-1", 3), {"ingest_grace_ms=2000"});
  }

  Host host(const std::string& name, int number) {
    const auto added = network_->add(name, number);
    EXPECT_TRUE(added) << added.error().message;
    return {HostNetwork::address_of(number), network_->command_on(name)};
  }
  json algorithm(const std::string& id) {
    return nodes_->api("/task/query", {{"TaskID", id}})["Result"]["Algorithms"][0];
  }
  // A figure of a task, over all nodes of these names.
  double sum(const std::vector<std::string>& names, const std::string& figure, const std::string& task) {
    double sum = 0;
    for (const std::string& name : names)
      sum += nodes_->metric(name, figure, fmt::format("task=\"{}\"", task)).value_or(0);
    return sum;
  }
  // When the task's source has ended: what the script must give was told, each once, and nothing else.
  void expect_exactly(const std::string& task, const faults::Script& script) {
    EXPECT_TRUE(eventually(
        [&] {
          return nodes_->api("/task/query", {{"TaskID", task}})["Result"]["Status"] == 0 &&
                 nodes_->told(task).size() >= script.episodes.size() && nodes_->is_all_delivered();
        },
        seconds(90)));
    std::vector<Told> expected, told = nodes_->told(task);
    for (const faults::Episode& episode : script.episodes)
      expected.push_back({episode.label, episode.alarm_frame});
    std::sort(expected.begin(), expected.end());
    std::sort(told.begin(), told.end());
    EXPECT_EQ(told, expected) << task;

    const std::vector<std::string> ingest = {"ingest-1", "ingest-2"}, logic = {"logic-1", "logic-2"};
    EXPECT_EQ(sum(ingest, "stream_ingest_task_frames_total", task), script.frames);
    EXPECT_EQ(sum(logic, "stream_logic_task_frames_processed", task), script.frames);
    EXPECT_EQ(sum(logic, "stream_logic_task_frames_lost", task), 0);
  }

  std::unique_ptr<HostNetwork> network_;
  std::unique_ptr<Nodes> nodes_;  // stops before the hosts go
};

TEST_F(Hosts, CutCablesLoseNoAlarmAndRepeatNone) {
  std::map<std::string, faults::Script> scripts;  // by task
  for (const std::string task : {"one", "two"}) {
    faults::ScriptOptions options;
    options.seed = task == "one" ? 1 : 2;
    options.frames = 600;
    options.objects = 12;
    scripts[task] = faults::write_script(nodes_->folder() / (task + ".ndjson"), options);
    const auto body = nodes_->plate_task(task, scripts[task].address(20));
    ASSERT_EQ(nodes_->api("/task/create", body)["Code"], 0);
  }
  for (const auto& [task, script] : scripts) {
    ASSERT_GT(script.episodes.size(), 10U);
    ASSERT_TRUE(eventually([&] { return nodes_->told(task).size() >= 3; }, seconds(30)));
  }

  const std::string owner = nodes_->owner("one");
  ASSERT_TRUE(network_->cut(owner));
  EXPECT_TRUE(eventually([&] { return nodes_->owner("one") != owner; }, seconds(10))) << "take-over";
  ASSERT_TRUE(network_->heal(owner));
  EXPECT_TRUE(eventually([&] { return nodes_->is_heard(owner); }, seconds(10))) << "recovery";

  ASSERT_TRUE(network_->cut("rep-1"));
  const auto told = nodes_->alarms();
  EXPECT_TRUE(eventually([&] { return nodes_->alarms() >= told + 4; }, seconds(20)));
  ASSERT_TRUE(network_->heal("rep-1"));
  EXPECT_TRUE(eventually([&] { return nodes_->is_heard("rep-1"); }, seconds(10)));

  for (const auto& [task, script] : scripts) expect_exactly(task, script);
}

TEST_F(Hosts, TasksOfACutOffIngestNodeGoOnAtTheOther) {
  ASSERT_EQ(nodes_->api("/task/create", nodes_->plate_task("one", kStreet))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return !nodes_->told("one").empty(); }, seconds(60)));
  const std::string cut = algorithm("one")["IngestNode"];
  const std::string other = cut == "ingest-1" ? "ingest-2" : "ingest-1";
  ASSERT_TRUE(network_->cut(cut));
  ASSERT_TRUE(eventually([&] { return algorithm("one")["IngestNode"] == other; }, seconds(20)));
  const auto told = nodes_->told("one").size();
  EXPECT_TRUE(eventually([&] { return nodes_->told("one").size() > told; }, seconds(60)));
  ASSERT_TRUE(network_->heal(cut));
  EXPECT_TRUE(eventually([&] { return nodes_->is_heard(cut); }, seconds(10)));
  EXPECT_EQ(algorithm("one")["IngestNode"], other) << "nothing moves back";
}

}  // namespace
}  // namespace stream::hosts
