// The cable of an api-node's host is taken out: for longer than failover_grace_ms, and for less.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "cluster.hpp"
#include "host_network.hpp"
#include "nodes.hpp"
#include "script.hpp"
#include "stream/common/eventually.hpp"

namespace stream::hosts {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr const char* kStreet = "/no/such/folder/street.avi";  // never ends
constexpr double kFps = 20;

// Where the stream process of the task posts to.
enum class Ingest { kOnItsHost, kElsewhere };

// Two hosts that run stream processes, left and right; what decides and reports is on a third one.
class CutApiNode : public ::testing::Test {
 protected:
  void SetUp() override {
    auto network = HostNetwork::create();
    if (!network) GTEST_SKIP() << network.error().message;
    network_ = std::move(*network);
    middle_ = host("middle", 2), left_ = host("left", 11), right_ = host("right", 12);
    nodes_ = std::make_unique<Nodes>(middle_, HostNetwork::kOwnAddress);
    nodes_->start("logic", "logic", middle_);
    nodes_->start("reporter", "reporter", middle_);
  }

  Host host(const std::string& name, int number) {
    const auto added = network_->add(name, number);
    EXPECT_TRUE(added) << added.error().message;
    return {HostNetwork::address_of(number), network_->command_on(name)};
  }
  // Task "one" plays `film` on the left, "two" for ever on the right.
  void start(Ingest ingest, const std::string& film, const std::string& grace_ms) {
    const std::string grace = "failover_grace_ms=" + grace_ms;
    if (ingest == Ingest::kElsewhere) nodes_->start("ingest", "ingest", middle_);
    if (ingest == Ingest::kOnItsHost) nodes_->start("ingest", "ingest-left", left_);
    nodes_->start("api", "left", left_, {grace});
    create("left", "one", film);
    ASSERT_EQ(nodes_->task("one")->first.api_node, "left") << "there is no other";
    if (ingest == Ingest::kOnItsHost) nodes_->start("ingest", "ingest-right", right_);
    nodes_->start("api", "right", right_, {grace});
    create("right", "two", kStreet);
    ASSERT_EQ(nodes_->task("two")->first.api_node, "right") << "it has less to do";
    ASSERT_TRUE(eventually([&] { return look("right", "two").state == "running"; }, seconds(60)));
    ASSERT_TRUE(eventually([&] { return look("right", "one").state == "running"; }, seconds(60)));
  }
  void create(const std::string& node, const std::string& id, const std::string& address) {
    ASSERT_TRUE(eventually([&] { return nodes_->ask(node, "list", json::object())["Code"] == 0; }));
    const json answer = nodes_->ask(node, "create", nodes_->plate_task(id, address));
    ASSERT_EQ(answer["Code"], 0) << answer;
  }
  Seen look(const std::string& node, const std::string& id) { return nodes_->look(node, id); }
  json list(const std::string& node) { return nodes_->ask(node, "list", json::object()); }
  double frames_processed(const std::string& task) {
    return nodes_->metric("logic", "stream_logic_task_frames_processed", "task=\"" + task + "\"")
        .value_or(-1);
  }
  // Of objects whose names begin so, in order.
  std::vector<Told> told(const std::string& task, const std::string& prefix) {
    std::vector<Told> told = nodes_->told(task);
    std::erase_if(told, [&](const Told& one) { return !one.plate.starts_with(prefix); });
    std::sort(told.begin(), told.end());
    return told;
  }
  // What the first `frames` of it must give.
  static std::vector<Told> alarms_of(const faults::Script& script, double frames) {
    std::vector<Told> alarms;
    for (const faults::Episode& episode : script.episodes) {
      if (static_cast<double>(episode.alarm_frame) < frames)
        alarms.push_back({episode.label, episode.alarm_frame});
    }
    std::sort(alarms.begin(), alarms.end());
    return alarms;
  }
  faults::Script write_film(const std::string& prefix, int frames) const {
    faults::ScriptOptions options;
    options.frames = frames;
    options.objects = 6;
    options.prefix = prefix;
    return faults::write_script(nodes_->folder() / (prefix + ".ndjson"), options);
  }
  // Both tell the same of each task, which has one process and no other.
  void expect_agreement() {
    EXPECT_TRUE(eventually(
        [&] {
          return list("left")["Code"] == 0 && list("left") == list("right") &&
                 look("left", "one") == look("right", "one") && look("left", "two") == look("right", "two");
        },
        seconds(30)))
        << list("left") << '\n'
        << list("right") << ::testing::PrintToString(look("left", "one"))
        << ::testing::PrintToString(look("right", "one"));
    const std::multimap<std::string, pid_t> expected{{"one", look("right", "one").pid},
                                                     {"two", look("right", "two").pid}};
    EXPECT_EQ(nodes_->stream_processes(), expected);
  }

  std::unique_ptr<HostNetwork> network_;
  Host middle_, left_, right_;
  std::unique_ptr<Nodes> nodes_;  // stops before the hosts go
};

class LongCut : public CutApiNode, public ::testing::WithParamInterface<Ingest> {};

// What is on the file when a process opens it is what it plays to the end. So each process of the task has
// objects of its own, and each alarm says which one has shown it.
TEST_P(LongCut, TaskRunsOnTheOtherHostOnce) {
  const faults::Script first = write_film("A", 1200), second = write_film("B", 500);
  const auto film = nodes_->folder() / "film.ndjson";
  std::filesystem::copy_file(first.file, film);
  start(GetParam(), faults::Script{film, 0, {}}.address(kFps), "2000");
  ASSERT_TRUE(eventually([&] { return told("one", "A").size() >= 3; }, seconds(60)));
  std::filesystem::rename(second.file, film);
  const Seen one = look("right", "one"), two = look("right", "two");
  const TaskRecord before = nodes_->task("one")->first;

  ASSERT_TRUE(network_->cut("left"));
  ASSERT_TRUE(eventually([&] { return look("right", "one").reason == "node_away"; }, seconds(30)));
  const double shown = frames_processed("one");  // by the first process
  ASSERT_TRUE(eventually(
      [&] {
        const Seen now = look("right", "one");
        return now.node == "right" && now.state == "running";
      },
      seconds(60)));
  const Seen moved = look("right", "one");
  EXPECT_NE(nodes_->task("one")->first.algorithms[0].path_key, before.algorithms[0].path_key);
  EXPECT_EQ(moved.restarts, 0U);
  EXPECT_TRUE(eventually([&] { return told("one", "B").size() >= 3; }, seconds(60)));
  EXPECT_TRUE(faults::is_alive(one.pid)) << "who could have told it?";

  ASSERT_TRUE(network_->heal("left"));
  EXPECT_TRUE(eventually([&] { return !faults::is_alive(one.pid); }, seconds(30))) << "it is ended";
  expect_agreement();
  EXPECT_EQ(look("left", "one").pid, moved.pid);
  EXPECT_EQ(look("left", "two").pid, two.pid) << "nothing else is restarted";
  EXPECT_EQ(nodes_->metric("left", "stream_api_processes_started_total"), 1);
  EXPECT_EQ(nodes_->metric("right", "stream_api_processes_started_total"), 2);

  // Nothing more of the first process was decided on, and of the second one everything, once.
  ASSERT_TRUE(eventually([&] { return look("right", "one").state == "ended"; }, seconds(90)));
  EXPECT_TRUE(eventually([&] { return frames_processed("one") >= shown + second.frames; }, seconds(30)));
  EXPECT_TRUE(eventually(
      [&] {
        return told("one", "A").size() >= alarms_of(first, shown).size() &&
               told("one", "B").size() >= second.episodes.size();
      },
      seconds(30)));
  EXPECT_EQ(frames_processed("one"), shown + second.frames);
  EXPECT_EQ(told("one", "A"), alarms_of(first, shown));
  EXPECT_EQ(told("one", "B"), alarms_of(second, second.frames));
}

INSTANTIATE_TEST_SUITE_P(Ingest, LongCut, ::testing::Values(Ingest::kOnItsHost, Ingest::kElsewhere),
                         [](const auto& tested) {
                           return tested.param == Ingest::kOnItsHost ? "OnItsHost" : "Elsewhere";
                         });

TEST_F(CutApiNode, ShortCutMovesAndRestartsNothingAndLosesNothing) {
  const faults::Script film = write_film("A", 400);
  start(Ingest::kOnItsHost, film.address(kFps), "60000");
  ASSERT_TRUE(eventually([&] { return told("one", "A").size() >= 3; }, seconds(60)));
  const Seen one = look("right", "one"), two = look("right", "two");
  const auto revision = nodes_->task("one")->second;

  ASSERT_TRUE(network_->cut("left"));
  ASSERT_TRUE(eventually([&] { return look("right", "one").reason == "node_away"; }, seconds(30)));
  ASSERT_TRUE(network_->heal("left"));
  ASSERT_TRUE(eventually([&] { return look("right", "one") == one; }, seconds(30)))
      << ::testing::PrintToString(look("right", "one"));
  expect_agreement();
  EXPECT_EQ(look("left", "two").pid, two.pid);
  EXPECT_EQ(nodes_->task("one")->second, revision);

  ASSERT_TRUE(eventually([&] { return look("right", "one").state == "ended"; }, seconds(90)));
  EXPECT_TRUE(eventually([&] { return told("one", "A").size() >= film.episodes.size(); }, seconds(60)));
  EXPECT_EQ(told("one", "A"), alarms_of(film, film.frames));
  EXPECT_EQ(frames_processed("one"), film.frames);
  EXPECT_EQ(nodes_->metric("left", "stream_api_processes_started_total"), 1);
}

TEST_F(CutApiNode, TaskThatIsDeletedMeanwhileEndsWhenItsNodeIsBack) {
  start(Ingest::kElsewhere, kStreet, "60000");
  const Seen one = look("right", "one");
  ASSERT_TRUE(network_->cut("left"));
  ASSERT_TRUE(eventually([&] { return look("right", "one").reason == "node_away"; }, seconds(30)));
  EXPECT_EQ(nodes_->ask("right", "delete", {{"TaskID", "one"}})["Code"], 0);
  EXPECT_EQ(look("right", "one"), Seen{});
  EXPECT_TRUE(faults::is_alive(one.pid));

  ASSERT_TRUE(network_->heal("left"));
  EXPECT_TRUE(eventually([&] { return !faults::is_alive(one.pid); }, seconds(30)));
  EXPECT_TRUE(
      eventually([&] { return list("left")["Code"] == 0 && list("left") == list("right"); }, seconds(30)))
      << list("left") << list("right");
  EXPECT_EQ(nodes_->stream_processes().size(), 1U);
}

}  // namespace
}  // namespace stream::hosts
