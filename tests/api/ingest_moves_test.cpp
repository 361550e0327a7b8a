// What becomes of running tasks when ingest-nodes come, go and move.
#include <gmock/gmock.h>

#include <fstream>

#include "config_files.hpp"
#include "node_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kFirstAddress = "127.0.0.1:10001";
constexpr const char* kSecondAddress = "127.0.0.1:10002";

class IngestMoves : public NodeFixture {
 protected:
  IngestMoves() {
    config_.ingest_grace = 300ms;
    events_ = bus_->make_subscriber({bus::Subscriber::Role::kObserver});
    events_->subscribe("event/");
  }
  std::string address(const std::string& what) const { return (data_.path() / what).string(); }
  // The node has seen `name` come, or go: what query says of a task depends on it.
  void start_second() { second_ = std::make_unique<FakeIngest>(*bus_, "ingest-2", true, kSecondAddress); }
  // Both are up, and the node knows; the task "one" has two algorithms, one at each.
  void start_with_two() {
    start_ingest();
    start_second();
    start_node();
    ASSERT_TRUE(eventually([&] {
      EXPECT_EQ(post("create", definition("one", address("lives"), {3, 4}))["Code"], 0);
      if (ingest_of("one", 0) != ingest_of("one", 1)) return true;
      post("delete", {{"TaskID", "one"}});
      return false;
    }));
    ASSERT_TRUE(eventually([&] { return pid_of("one", 0) != 0 && pid_of("one", 1) != 0; }));
    on_first_ = ingest_of("one", 0) == "ingest-1" ? 0 : 1;
  }
  json algorithm(const std::string& id, int n) { return query(id)["Result"]["Algorithms"][n]; }
  std::string ingest_of(const std::string& id, int n) { return algorithm(id, n)["IngestNode"]; }
  pid_t pid_of(const std::string& id, int n) { return algorithm(id, n)["Pid"]; }
  // What the configuration on disk says about where frames go.
  std::string posts_to(const std::string& id, int n) {
    const auto folder = algorithm_folder(data_.path(), id, static_cast<std::uint32_t>(n)) / "config";
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      std::ifstream in(file.path());
      const json content = json::parse(in, nullptr, false);
      if (!content.is_object() || !content.contains("http_report")) continue;
      const json& report = content["http_report"];
      return fmt::format("{}:{}", report["ip"].get<std::string>(), report["port"].get<int>());
    }
    return "";
  }
  // The next event of this kind; its text.
  std::string next_event(const std::string& kind) {
    for (;;) {
      const auto outcome = events_->receive(5s);
      const auto* message = std::get_if<bus::Received>(&outcome);
      if (message == nullptr) return "none";
      const auto event = decode<TaskEvent>(message->payload);
      if (event && event->kind == kind) return event->text;
    }
  }

  std::unique_ptr<FakeIngest> second_;
  std::unique_ptr<bus::Subscriber> events_;
  int on_first_ = 0;  // the algorithm of "one" whose frames go to ingest-1
};

TEST_F(IngestMoves, OnlyTheTasksOfANodeThatGoesArePointedElsewhere) {
  start_with_two();
  const int on_second = 1 - on_first_;
  const pid_t leaves = pid_of("one", on_first_), stays = pid_of("one", on_second);
  EXPECT_EQ(posts_to("one", on_first_), kFirstAddress);
  ingest_.reset();
  ASSERT_TRUE(eventually([&] { return ingest_of("one", on_first_) == "ingest-2"; }));
  EXPECT_EQ(next_event("moved"), "from ingest-node ingest-1 to ingest-2");
  ASSERT_TRUE(eventually([&] {
    const pid_t now = pid_of("one", on_first_);
    return now != 0 && now != leaves;
  }));
  EXPECT_FALSE(is_alive(leaves));
  EXPECT_EQ(posts_to("one", on_first_), kSecondAddress);
  EXPECT_EQ(pid_of("one", on_second), stays);
  EXPECT_TRUE(is_alive(stays));
  EXPECT_EQ(listed("one")["Status"], 1);
  EXPECT_EQ(algorithm("one", on_first_)["Restarts"], 0) << "that counts failures";
  const auto record = decode<TaskRecord>(bus_->get(topics::task_key("one")).value()->value).value();
  EXPECT_EQ(record.algorithms[on_first_].ingest_node, "ingest-2");
  EXPECT_EQ(counter("stream_api_processes_started_total"),
            3 + 2 * counter("stream_api_requests_total{code=\"0\",verb=\"delete\"}"));
}

TEST_F(IngestMoves, QuickRestartMovesNothing) {
  config_.ingest_grace = 1h;
  start_with_two();
  const pid_t before = pid_of("one", on_first_);
  ingest_.reset();
  ASSERT_TRUE(eventually([&] { return algorithm("one", on_first_)["ReasonCode"] == "ingest_away"; }));
  start_ingest();
  ASSERT_TRUE(eventually([&] { return algorithm("one", on_first_)["Reason"] == ""; }));
  EXPECT_EQ(ingest_of("one", on_first_), "ingest-1");
  EXPECT_EQ(pid_of("one", on_first_), before);
}

TEST_F(IngestMoves, NodeThatComesBackElsewhereIsFollowed) {
  config_.ingest_grace = 1h;
  start_with_two();
  const pid_t before = pid_of("one", on_first_), other = pid_of("one", 1 - on_first_);
  ingest_.reset();
  ingest_ = std::make_unique<FakeIngest>(*bus_, "ingest-1", true, "127.0.0.1:10003");
  ASSERT_TRUE(eventually([&] {
    const pid_t now = pid_of("one", on_first_);
    return now != 0 && now != before;
  }));
  EXPECT_EQ(next_event("moved"), "ingest-node ingest-1 is at 127.0.0.1:10003 now");
  EXPECT_EQ(posts_to("one", on_first_), "127.0.0.1:10003");
  EXPECT_EQ(ingest_of("one", on_first_), "ingest-1");
  EXPECT_EQ(pid_of("one", 1 - on_first_), other);
}

TEST_F(IngestMoves, WithoutAnotherNodeTheyStayAndSaySo) {
  start_ingest();
  start_node();
  ASSERT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return pid_of("one", 0) != 0; }));
  const pid_t before = pid_of("one", 0);
  ingest_.reset();
  EXPECT_EQ(next_event("stranded"), "ingest-node ingest-1 is gone and no other is up: its frames are lost");
  EXPECT_TRUE(eventually([&] { return algorithm("one", 0)["ReasonCode"] == "ingest_away"; }));
  EXPECT_EQ(pid_of("one", 0), before);

  start_second();
  EXPECT_TRUE(eventually([&] { return ingest_of("one", 0) == "ingest-2" && pid_of("one", 0) != before; }));
}

TEST_F(IngestMoves, WaitingTaskMovesToo) {
  ingest_ = std::make_unique<FakeIngest>(*bus_, "ingest-1", false);
  SupervisorOptions patient = quick();
  patient.machine.ingest_patience = 1h;
  start_node(patient);
  ASSERT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  EXPECT_EQ(state("one"), "queued");
  start_second();
  ingest_.reset();
  EXPECT_TRUE(eventually([&] { return state("one") == "running"; }));
  EXPECT_EQ(ingest_of("one", 0), "ingest-2");
  EXPECT_EQ(posts_to("one", 0), kSecondAddress);
}

TEST_F(IngestMoves, PlayedFileIsNotPlayedAgain) {
  start_ingest();
  start_second();
  start_node();
  ASSERT_TRUE(eventually([&] {
    EXPECT_EQ(post("create", definition("one", address("ends"), {3, 4}))["Code"], 0);
    if (ingest_of("one", 0) != ingest_of("one", 1)) return true;
    post("delete", {{"TaskID", "one"}});
    return false;
  }));
  ASSERT_TRUE(eventually([&] { return listed("one")["Status"] == 0; }));
  ASSERT_EQ(post("create", definition("two", address("lives"), {3, 4}))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return pid_of("two", 0) != 0 && pid_of("two", 1) != 0; }));
  const double started = counter("stream_api_processes_started_total");
  ingest_.reset();
  ASSERT_TRUE(
      eventually([&] { return ingest_of("two", 0) == "ingest-2" && ingest_of("two", 1) == "ingest-2"; }));
  ASSERT_TRUE(eventually([&] { return counter("stream_api_processes_started_total") == started + 1; }));
  EXPECT_EQ(state("one"), "ended");
}

TEST_F(IngestMoves, LoadedNodeGetsNoNewTask) {
  start_ingest();
  ingest_->set_load(1000);
  // Before the node looks: else the first probes are told apart by their number alone.
  ASSERT_TRUE(eventually([&] {
    const auto entry = bus_->get(topics::node_key("ingest", "ingest-1")).value();
    return entry && decode<NodeRecord>(entry->value)->load == 1000;
  }));
  start_second();
  start_node();
  ASSERT_TRUE(eventually([&] {
    EXPECT_EQ(post("create", definition("probe", address("lives")))["Code"], 0);
    if (ingest_of("probe", 0) == "ingest-2") return true;
    post("delete", {{"TaskID", "probe"}});
    return false;
  }));
  for (int i = 0; i < 5; ++i) {
    const std::string id = fmt::format("task{}", i);
    ASSERT_EQ(post("create", definition(id, address("lives")))["Code"], 0);
    EXPECT_EQ(ingest_of(id, 0), "ingest-2");
  }
}

}  // namespace
}  // namespace stream::api::test
