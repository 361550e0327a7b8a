#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <future>
#include <set>

#include "../reporter/flaky_bus.hpp"
#include "config_files.hpp"
#include "node_fixture.hpp"
#include "process_record.hpp"
#include "stragglers.hpp"
#include "stream/common/eventually.hpp"
#include "stream/manifest/logic_part.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class ApiNodeTest : public NodeFixture {
 protected:
  // An address that makes the fake process do this, in a folder of the test's own.
  std::string address(const std::string& what) const { return (data_.path() / what).string(); }
  void start_all() {
    start_ingest();
    start_node();
  }
  bool reaches(const std::string& id, const std::string& wanted) {
    return eventually([&] { return state(id) == wanted; });
  }
  TaskRecord record_of(const std::string& id) {
    return decode<TaskRecord>(bus_->get(topics::task_key(id)).value()->value).value();
  }
};

TEST_F(ApiNodeTest, CreatedTaskRunsAndDeletedTaskIsGone) {
  start_all();
  EXPECT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  EXPECT_TRUE(eventually([&] { return listed("one")["Status"] == 1; }));
  ASSERT_TRUE(reaches("one", "running"));
  EXPECT_EQ(query("one")["Code"], 0);
  const pid_t process = pid("one");
  EXPECT_TRUE(is_alive(process));
  ASSERT_TRUE(eventually([&] { return log_of("one").ends_with('\n'); }));
  const std::string root = fs::canonical(tree_.root());
  EXPECT_TRUE(log_of("one").starts_with("cwd " + root + "/samples/build libraries " + tree_.root().string() +
                                        "/build/lib"))
      << log_of("one");

  EXPECT_EQ(post("delete", {{"TaskID", "one"}})["Code"], 0);
  EXPECT_FALSE(is_alive(process));
  EXPECT_FALSE(fs::exists(task_dir("one")));
  EXPECT_EQ(listed("one"), nullptr);
  EXPECT_EQ(query("one")["Code"], -1);
  EXPECT_TRUE(bus_->list(std::string(topics::kTaskKeys)).value().empty());
  EXPECT_EQ(post("delete", {{"TaskID", "one"}})["Code"], -1);
}

TEST_F(ApiNodeTest, RecordIsDurableBeforeTheAnswer) {
  start_all();
  json task = definition("one", address("lives"), {3, 4});
  task["Algorithm"][1]["Extend"] = {{"InFrames", 1}, {"OutFrames", 1000}};
  const std::string body = task.dump();
  ASSERT_EQ(post_text("create", body)["Code"], 0);
  const auto entry = bus_->get(topics::task_key("one")).value();
  ASSERT_TRUE(entry);
  const TaskRecord record = decode<TaskRecord>(entry->value).value();
  EXPECT_EQ(record.task_id, "one");
  EXPECT_EQ(record.src_id, "camera of one");
  EXPECT_EQ(record.definition_json, body);
  EXPECT_TRUE(record.should_run);
  EXPECT_EQ(record.api_node, "api-1");
  EXPECT_EQ(record.report_urls, std::vector<std::string>{"http://127.0.0.1:9/upload"});
  ASSERT_EQ(record.algorithms.size(), 2U);
  EXPECT_EQ(record.algorithms[0].name, "yolov5");
  EXPECT_EQ(record.algorithms[0].ingest_node, "ingest-1");
  EXPECT_EQ(record.algorithms[0].sample_interval, 3);
  const auto seen = [&](std::size_t i) {
    return manifest::parse_logic_part(record.algorithms[i].logic_json).value().rules.seen;
  };
  EXPECT_EQ(seen(0), (manifest::SeenRule{3, 5}));
  EXPECT_EQ(seen(1), (manifest::SeenRule{1, 1000}));
  EXPECT_EQ(record.algorithms[0].path_key.size(), 32U);
  EXPECT_NE(record.algorithms[0].path_key, record.algorithms[1].path_key);
}

TEST_F(ApiNodeTest, EachAlgorithmIsAProcess) {
  start_all();
  ASSERT_EQ(post("create", definition("one", address("lives"), {3, 4, 1}))["Code"], 0);
  std::set<int> pids;
  EXPECT_TRUE(eventually([&] {
    pids.clear();
    const json answer = query("one");
    for (const json& algorithm : answer["Result"]["Algorithms"]) pids.insert(algorithm["Pid"].get<int>());
    return pids.size() == 3 && !pids.contains(0);
  }));
  EXPECT_EQ(counter("stream_api_processes_started_total"), 3);
  post("delete", {{"TaskID", "one"}});
  for (const int process : pids) EXPECT_FALSE(is_alive(process));
}

TEST_F(ApiNodeTest, SimultaneousCreatesOfOneTaskMakeOneProcess) {
  start_all();
  const std::string body = definition("one", address("lives")).dump();
  std::array<std::future<json>, 8> answers;
  for (auto& answer : answers) {
    answer = std::async(std::launch::async, [&] { return post_text("create", body); });
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get()["Code"], 0);
  ASSERT_TRUE(reaches("one", "running"));
  EXPECT_EQ(counter("stream_api_processes_started_total"), 1);
}

TEST_F(ApiNodeTest, SameDefinitionInOtherWordsIsTheSame) {
  start_all();
  const json task = definition("one", address("lives"));
  ASSERT_EQ(post("create", task)["Code"], 0);
  EXPECT_EQ(post_text("create", task.dump(4))["Code"], 0);
  ASSERT_TRUE(reaches("one", "running"));
  EXPECT_EQ(counter("stream_api_processes_started_total"), 1);
}

TEST_F(ApiNodeTest, PlayedFileEndsAndRunsAgainWhenCreatedAgain) {
  start_all();
  ASSERT_EQ(post("create", definition("one", address("ends")))["Code"], 0);
  ASSERT_TRUE(reaches("one", "ended"));
  const json answer = query("one");
  EXPECT_EQ(answer["Code"], 1);
  EXPECT_EQ(answer["Msg"], "the task does not run: yolov5 ended");
  EXPECT_EQ(answer["Result"]["Status"], 0);
  EXPECT_EQ(answer["Result"]["Algorithms"][0]["LastExit"], "exit code 0");
  EXPECT_EQ(listed("one")["Status"], 0);
  const auto should_run = [&] {
    return decode<TaskRecord>(bus_->get(topics::task_key("one")).value()->value).value().should_run;
  };
  EXPECT_TRUE(eventually([&] { return !should_run(); }));
  EXPECT_EQ(counter("stream_api_processes_started_total"), 1);

  // Another definition may take its place.
  ASSERT_EQ(post("create", definition("one", address("lives"), {4}))["Code"], 0);
  EXPECT_TRUE(should_run());
  EXPECT_TRUE(reaches("one", "running"));
  EXPECT_EQ(query("one")["Result"]["Algorithms"][0]["Name"], "yolov8");
}

TEST_F(ApiNodeTest, ExitOfAFileThatDoesNotSayItsEndIsNoEnd) {
  start_all();
  ASSERT_EQ(post("create", definition("one", address("leaves")))["Code"], 0);
  EXPECT_TRUE(eventually([&] { return query("one")["Result"]["Algorithms"][0]["Restarts"] >= 2; }));
  EXPECT_EQ(query("one")["Result"]["Algorithms"][0]["LastExit"], "exit code 0");
  EXPECT_TRUE(record_of("one").should_run);
}

TEST_F(ApiNodeTest, CrashedProcessIsStartedAgainAndCanBeDeleted) {
  start_all();
  ASSERT_EQ(post("create", definition("one", address("crashes")))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return counter("stream_api_processes_restarted_total") >= 2; }));
  EXPECT_TRUE(eventually([&] { return query("one")["Result"]["Algorithms"][0]["Restarts"] >= 2; }));
  EXPECT_TRUE(eventually([&] { return listed("one")["Status"] == 1; }));
  ASSERT_TRUE(reaches("one", "backoff"));
  const json algorithm = query("one")["Result"]["Algorithms"][0];
  EXPECT_EQ(algorithm["LastExit"], "exit code 3");
  EXPECT_EQ(post("delete", {{"TaskID", "one"}})["Code"], 0);
  EXPECT_EQ(listed("one"), nullptr);
}

TEST_F(ApiNodeTest, ProcessThatIgnoresTermIsKilled) {
  start_all();
  ASSERT_EQ(post("create", definition("one", address("stubborn")))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return log_of("one").ends_with('\n'); }));
  const pid_t process = pid("one");
  EXPECT_EQ(post("delete", {{"TaskID", "one"}})["Code"], 0);
  EXPECT_FALSE(is_alive(process));
}

TEST_F(ApiNodeTest, WhatProcessesStartedEndsWithThem) {
  start_all();
  const auto starts_of = [this](const std::string& id) { return find_marked("api-1", task_dir(id)).size(); };
  ASSERT_EQ(post("create", definition("forks", address("forks")))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return starts_of("forks") == 2; }));
  EXPECT_EQ(post("delete", {{"TaskID", "forks"}})["Code"], 0);
  EXPECT_EQ(starts_of("forks"), 0U);

  ASSERT_EQ(post("create", definition("fails", address("fork-fails")))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return counter("stream_api_processes_restarted_total") >= 3; }));
  EXPECT_LE(starts_of("fails"), 2U) << "more than one start has left";
  EXPECT_TRUE(find_marked("api-2", data_.path()).empty()) << "of another node";
}

TEST_F(ApiNodeTest, RestartedNodeRunsWhatShouldRun) {
  start_all();
  ASSERT_EQ(post("create", definition("lives", address("lives")))["Code"], 0);
  ASSERT_EQ(post("create", definition("ends", address("ends")))["Code"], 0);
  ASSERT_TRUE(reaches("lives", "running"));
  ASSERT_TRUE(reaches("ends", "ended"));
  ASSERT_TRUE(eventually([&] {
    return !decode<TaskRecord>(bus_->get(topics::task_key("ends")).value()->value).value().should_run;
  }));
  const pid_t before = pid("lives");
  stop_node();
  EXPECT_FALSE(is_alive(before));

  start_node();
  ASSERT_TRUE(reaches("lives", "running"));
  EXPECT_NE(pid("lives"), before);
  EXPECT_EQ(state("ends"), "ended");
  EXPECT_EQ(listed("ends")["Status"], 0);
  EXPECT_EQ(counter("stream_api_processes_started_total"), 1);
}

TEST_F(ApiNodeTest, WhatHasFailedForGoodIsToldByARestartedNodeAsBefore) {
  start_all();
  json task = definition("one", address("crashes"));
  task["Algorithm"][0]["Extend"]["Restart"] = "never";
  ASSERT_EQ(post("create", task)["Code"], 0);
  ASSERT_TRUE(reaches("one", "failed"));
  ASSERT_TRUE(eventually([&] { return !record_of("one").should_run; }));
  const json before = query("one")["Result"];
  stop_node();
  start_node();
  const json after = query("one")["Result"];
  EXPECT_EQ(after, before);
  const json stream = after["Algorithms"][0];
  EXPECT_EQ(stream["State"], "failed");
  EXPECT_EQ(stream["ReasonCode"], "exited");
  EXPECT_EQ(stream["Reason"], "exit code 3");
  EXPECT_EQ(stream["ExitCode"], 3);
  EXPECT_GT(stream["Since"], 0);
  ASSERT_EQ(post("create", task)["Code"], 0);
  EXPECT_TRUE(eventually([&] { return counter("stream_api_processes_started_total") == 1; }))
      << "a create runs it again";
}

TEST_F(ApiNodeTest, AlgorithmThatHasEndedIsNotPlayedAgainByARestartedNode) {
  start_all();
  json task = definition("one", address("ends"), {3, 4});
  task["Algorithm"][1]["Extend"]["Restart"] = "always";
  ASSERT_EQ(post("create", task)["Code"], 0);
  ASSERT_TRUE(reaches("one", "ended"));
  ASSERT_TRUE(eventually([&] { return record_of("one").ends.size() == 2; }));
  EXPECT_EQ(record_of("one").ends[0].state, "ended");
  EXPECT_EQ(record_of("one").ends[1].state, "");
  EXPECT_TRUE(record_of("one").should_run);
  const json before = query("one")["Result"]["Algorithms"][0];
  stop_node();
  start_node();
  ASSERT_TRUE(eventually([&] { return query("one")["Result"]["Algorithms"][1]["Restarts"] >= 1; }));
  EXPECT_EQ(query("one")["Result"]["Algorithms"][0], before);
  EXPECT_FALSE(std::filesystem::exists(task_dir("one") / "0/process.json"));
}

TEST_F(ApiNodeTest, EndIsRecordedAgainWhenAnotherAlgorithmOfTheTaskIsChanged) {
  start_all();
  json task = definition("one", address("ends"), {3, 4});
  task["Algorithm"][1]["Extend"]["Restart"] = "always";
  ASSERT_EQ(post("create", task)["Code"], 0);
  ASSERT_TRUE(eventually([&] { return record_of("one").ends.size() == 2; }));
  task["Algorithm"][1]["DetectInterval"] = 7;
  ASSERT_EQ(post("create", task)["Code"], 0);
  EXPECT_TRUE(eventually([&] { return record_of("one").ends.size() == 2; }));
  EXPECT_EQ(state("one"), "ended") << "that one was not changed";
}

TEST_F(ApiNodeTest, TaskThatWaitsForItsFormerProcessSaysSo) {
  config_.kill_after = 5s;
  start_all();
  ASSERT_EQ(post("create", definition("one", address("stubborn")))["Code"], 0);
  ASSERT_TRUE(reaches("one", "running"));
  const pid_t before = pid("one");
  std::jthread remover([&] { post("delete", {{"TaskID", "one"}}); });
  ASSERT_TRUE(eventually([&] { return listed("one").is_null(); }));
  ASSERT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  ASSERT_TRUE(
      eventually([&] { return query("one")["Result"]["Algorithms"][0]["ReasonCode"] == "former_ends"; }));
  EXPECT_EQ(state("one"), "queued");
  EXPECT_EQ(query("one")["Result"]["Algorithms"][0]["Reason"], "its former process still ends");
  EXPECT_TRUE(is_alive(before));
  kill(before, SIGKILL);
  EXPECT_TRUE(reaches("one", "running"));
}

TEST_F(ApiNodeTest, RecordOfAnotherNodeIsListedButNotRun) {
  start_all();
  TaskRecord record;
  record.task_id = "foreign";
  record.api_node = "api-2";
  record.algorithms.resize(1);
  ASSERT_TRUE(bus_->cas(topics::task_key("foreign"), 0, encode(record)).done());
  ASSERT_TRUE(eventually([&] { return listed("foreign") != nullptr; }));
  EXPECT_EQ(listed("foreign")["Status"], 0);  // its node is not up
  const json algorithm = query("foreign")["Result"]["Algorithms"][0];
  EXPECT_EQ(algorithm["State"], "queued");
  EXPECT_EQ(algorithm["ReasonCode"], "node_away");
  EXPECT_EQ(algorithm["Reason"], "api-node api-2 does not answer");
}

TEST_F(ApiNodeTest, RecordUnderAKeyThatIsNotItsOwnIsPassedOver) {
  start_all();
  TaskRecord record;
  record.api_node = "api-1";
  for (const std::string id : {"", "stranger", "good"}) {
    record.task_id = id;
    ASSERT_TRUE(
        bus_->cas(topics::task_key(id == "good" ? "good" : "key of " + id), 0, encode(record)).done());
  }
  ASSERT_TRUE(eventually([&] { return listed("good") != nullptr; }));
  EXPECT_EQ(post("list", json::object())["Result"].size(), 1U);
}

TEST_F(ApiNodeTest, RecordThatGoesEndsItsProcess) {
  start_all();
  ASSERT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  ASSERT_TRUE(reaches("one", "running"));
  const pid_t process = pid("one");
  const auto entry = bus_->get(topics::task_key("one")).value();
  ASSERT_TRUE(bus_->cas(entry->key, entry->revision, std::nullopt).done());
  EXPECT_TRUE(eventually([&] { return !is_alive(process); }));
  EXPECT_TRUE(eventually([&] { return listed("one") == nullptr; }));
}

TEST_F(ApiNodeTest, DeleteByDeviceNameTakesTheOnlyTaskOfTheDevice) {
  start_all();
  json task = definition("task1", address("lives"));
  task["InputSrc"]["SrcID"] = "cam1";
  ASSERT_EQ(post("create", task)["Code"], 0);
  task["TaskID"] = "task2";
  ASSERT_EQ(post("create", task)["Code"], 0);
  EXPECT_EQ(post("delete", {{"TaskID", "cam1"}})["Code"], -1);  // two match
  ASSERT_EQ(post("delete", {{"TaskID", "task2"}})["Code"], 0);
  EXPECT_EQ(post("delete", {{"TaskID", "cam1"}})["Code"], 0);
  EXPECT_EQ(listed("task1"), nullptr);
}

TEST_F(ApiNodeTest, DeleteByDeviceNameCanBeTurnedOff) {
  config_.delete_by_device_name = false;
  start_all();
  ASSERT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  EXPECT_EQ(post("delete", {{"TaskID", "camera of one"}})["Code"], -1);
  EXPECT_TRUE(eventually([&] { return listed("one")["Status"] == 1; }));
}

TEST_F(ApiNodeTest, AnyTaskIdWorks) {
  start_all();
  std::string longest;
  for (int i = 0; i < 200; ++i) longest += "任";
  for (const std::string& id :
       {std::string("任务1"), std::string("../esc"), std::string("a?b#c"), std::string("x%20y"),
        std::string("a\\b"), std::string("."), std::string(" "), longest}) {
    EXPECT_EQ(post("create", definition(id, address("lives")))["Code"], 0) << id;
    EXPECT_TRUE(reaches(id, "running")) << id;
    EXPECT_EQ(task_dir(id).parent_path(), data_.path() / "tasks");
    EXPECT_EQ(listed(id)["Status"], 1) << id;
    EXPECT_EQ(post("delete", {{"TaskID", id}})["Code"], 0) << id;
    EXPECT_EQ(listed(id), nullptr) << id;
  }
  EXPECT_TRUE(fs::is_empty(data_.path() / "tasks"));
}

TEST_F(ApiNodeTest, EveryMistakeIsAnAnswerWithTheReason) {
  config_.max_body_kib = 4;
  start_all();
  const auto message = [&](const std::string& verb, const std::string& body) -> std::string {
    const json answer = post_text(verb, body);
    EXPECT_EQ(answer["Code"], -1) << answer;
    return answer["Msg"];
  };
  EXPECT_EQ(message("create", "no json"), "found no valid JSON at byte 2, expected JSON text");
  EXPECT_EQ(message("create", "{}"), "/TaskID: found nothing, expected a string");
  EXPECT_EQ(message("create", ""), "found no valid JSON at byte 1, expected JSON text");
  EXPECT_EQ(message("query", R"({"TaskID":5})"), "/TaskID: found 5, expected a string");
  EXPECT_EQ(message("query", R"({"TaskID":"x"})"), "found no task \"x\"");
  EXPECT_EQ(message("delete", R"({"TaskID":"x"})"), "found no task \"x\"");
  EXPECT_EQ(message("create", std::string(5000, ' ')), "found a body of 5000 bytes, expected at most 4096");
  EXPECT_EQ(message("start", "{}"),
            "found an unknown path, expected /task/create, /task/list, /task/query or /task/delete");
  EXPECT_EQ(
      message("create", definition("one", "rtsp://u:secret@h/1", {99}).dump()),
      "/Algorithm/0/Type: found 99, expected one of 1 (tripwire) 2 (license_area_intrusion) 3 (yolov5) 4 "
      "(yolov8) 5 (openpose) 6 (area_intrusion) 7 (retinaface) 8 (yolov5_fastpose_posec3d) 9 "
      "(yolox_bytetrack_osd_encode) 16 (license_plate_recognition)");
  EXPECT_EQ(
      message("create", definition("one", "ftp://u:secret@h/1").dump()),
      "/InputSrc/StreamSrc/Address: found \"ftp://u:***@h/1\", expected rtsp://, rtmp:// or gb28181...://, "
      "/dev/video..., a folder or a file");
  const fs::path model = tree_.root() / "samples/yolov5/data/models/detector.bmodel";
  fs::remove(model);
  EXPECT_NE(message("create", definition("one", address("lives")).dump()).find(model.string()),
            std::string::npos);
  EXPECT_EQ(listed("one"), nullptr);

  const auto get = stream::test::http_request(port(), "GET", "/task/list");
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(json::parse(get.body)["Code"], -1);
  EXPECT_EQ(counter(R"(stream_api_requests_total{code="-1",verb="create"})"), 7);
  EXPECT_EQ(stream::test::http_request(port(), "GET", "/nothing").status, 404);
}

TEST_F(ApiNodeTest, WithoutIngestNodeCreateSaysSoAndListStillAnswers) {
  start_node();
  auto created =
      std::async(std::launch::async, [&] { return post("create", definition("one", address("lives"))); });
  while (created.wait_for(1ms) != std::future_status::ready) {
    EXPECT_EQ(post("list", json::object())["Code"], 0);
  }
  const json answer = created.get();
  EXPECT_EQ(answer["Code"], -1);
  EXPECT_EQ(answer["Msg"], "no ingest-node is up to take the task's frames");
}

TEST_F(ApiNodeTest, NewTaskGoesToTheIngestNodeWithTheFewest) {
  start_all();
  const FakeIngest second(*bus_, "ingest-2");
  const auto ingest_of = [&](const std::string& id) -> std::string {
    return query(id)["Result"]["Algorithms"][0]["IngestNode"];
  };
  ASSERT_EQ(post("create", definition("first", address("lives")))["Code"], 0);
  // Until the node has seen the second one the first gets everything.
  EXPECT_TRUE(eventually([&] {
    post("create", definition("second", address("lives")));
    if (ingest_of("second") != ingest_of("first")) return true;
    post("delete", {{"TaskID", "second"}});
    return false;
  }));
}

TEST_F(ApiNodeTest, ProcessWaitsUntilItsIngestNodeKnowsTheTask) {
  FakeIngest behind(*bus_, "ingest-1", false);
  SupervisorOptions patient = quick();
  patient.machine.ingest_patience = 1h;
  start_node(patient);
  ASSERT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  EXPECT_EQ(state("one"), "queued");
  EXPECT_EQ(counter("stream_api_processes_started_total"), 0);
  behind.catch_up();
  EXPECT_TRUE(reaches("one", "running"));
}

TEST_F(ApiNodeTest, ProcessesThatCouldStartAtOnceStartOneAfterTheOther) {
  start_ingest();
  SupervisorOptions slow = quick();
  slow.start.gap = 50ms;
  start_node(slow);
  const auto before = std::chrono::steady_clock::now();
  ASSERT_EQ(post("create", definition("all", address("lives"), {3, 4, 3, 4, 3, 4}))["Code"], 0);
  EXPECT_TRUE(eventually([&] {
    const json all = query("all")["Result"]["Algorithms"];
    return all.size() == 6 &&
           std::all_of(all.begin(), all.end(), [](const json& one) { return one["State"] == "running"; });
  }));
  EXPECT_GE(std::chrono::steady_clock::now() - before, 5 * slow.start.gap);
}

TEST_F(ApiNodeTest, StreamErrorIsShownWithoutThePassword) {
  start_all();
  ASSERT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  const auto publisher = bus_->make_publisher();
  TaskEvent event;
  event.task_id = "one";
  event.kind = "stream_error";
  event.text = "cannot open rtsp://user:secret@camera/1";
  event.at_us = 7'000'000;
  ASSERT_TRUE(eventually([&] {
    (void)publisher->publish(topics::event("one"), encode(event));
    return query("one")["Result"]["Algorithms"][0].contains("StreamError");
  }));
  EXPECT_EQ(query("one")["Result"]["Algorithms"][0]["StreamError"],
            (json{{"Text", "cannot open rtsp://user:***@camera/1"}, {"At", 7}}));
}

TEST_F(ApiNodeTest, WhatHappensIsPublished) {
  start_all();
  const auto subscriber = bus_->make_subscriber({bus::Subscriber::Role::kObserver});
  subscriber->subscribe(topics::event("one"));
  ASSERT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  ASSERT_TRUE(reaches("one", "running"));
  post("delete", {{"TaskID", "one"}});
  std::vector<std::string> kinds;
  for (int i = 0; i < 3; ++i) {
    const auto outcome = subscriber->receive(5s);
    const auto* message = std::get_if<bus::Received>(&outcome);
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(message->topic, topics::event("one"));
    kinds.push_back(decode<TaskEvent>(message->payload).value().kind);
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"started", "stopped", "deleted"}));
}

TEST_F(ApiNodeTest, NoPasswordIsShownAnywhere) {
  start_all();
  ASSERT_EQ(post("create", definition("one", "rtsp://user:secret@10.0.0.1/crashes"))["Code"], 0);
  const std::vector<std::string> shown = {
      query("one").dump(), post("list", json::object()).dump(),
      post("create", definition("one", "rtsp://user:secret@10.0.0.1/other")).dump(),
      stream::test::http_request(port(), "GET", "/metrics").body};
  for (const std::string& text : shown) EXPECT_EQ(text.find("secret"), std::string::npos) << text;
}

TEST_F(ApiNodeTest, LongLogIsEmptiedAndGoesOn) {
  start_ingest();
  config_.stream_log_mib = 1;
  start_node();
  ASSERT_EQ(post("create", definition("one", address("chatty")))["Code"], 0);
  ASSERT_TRUE(reaches("one", "running"));
  const fs::path log = task_dir("one") / "0/stream.log";
  EXPECT_TRUE(
      eventually([&] { return fs::exists(log.string() + ".1") && fs::file_size(log) < (1U << 20U); }));
}

TEST_F(ApiNodeTest, HealthAndMetricsAreServed) {
  start_all();
  EXPECT_EQ(stream::test::http_request(port(), "GET", "/healthz").status, 200);
  EXPECT_EQ(stream::test::http_request(port(), "GET", "/readyz").status, 200);
  post("list", json::object());
  EXPECT_EQ(counter(R"(stream_api_requests_total{code="0",verb="list"})"), 1);
}

TEST_F(ApiNodeTest, AlgorithmsAreListed) {
  start_all();
  const auto answer = stream::test::http_request(port(), "GET", "/api/v1/algorithms");
  EXPECT_EQ(answer.status, 200);
  const json all = json::parse(answer.body);
  ASSERT_EQ(all.size(), 10U);
  EXPECT_EQ(all[0]["name"], "area_intrusion");
  EXPECT_EQ(all[0]["types"], json{6});
  EXPECT_EQ(all[0]["error"], "");
}

TEST_F(ApiNodeTest, StartFailsForWhatIsMissing) {
  const auto failure = [&] {
    const auto node = ApiNode::start(config_, "api-1", *bus_);
    return node ? "started" : node.error().message;
  };
  config_.stream_path = "";
  EXPECT_EQ(failure(), "stream_path: found no folder \"\", expected the one of sophon-stream");
  config_.stream_path = tree_.root();
  config_.algorithms_dir = data_.path();
  EXPECT_EQ(failure(), "algorithms_dir: found nothing usable in " + data_.path().string() +
                           ", expected folders with an algorithm.json");
  config_.algorithms_dir = data_.path() / "nowhere";
  EXPECT_EQ(failure(), "algorithms_dir: " + config_.algorithms_dir + ": No such file or directory");
}

// Neither adopts what the other runs, nor ends it.
TEST_F(ApiNodeTest, SecondNodeOnTheSameFolderIsRefused) {
  start_all();
  ASSERT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  ASSERT_TRUE(reaches("one", "running"));
  const pid_t process = pid("one");
  const auto second = ApiNode::start(config_, "api-2", *bus_, quick());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr(data_.path().string()));
  EXPECT_THAT(second.error().message, HasSubstr("another stream-api"));
  EXPECT_TRUE(is_alive(process));
  EXPECT_EQ(pid("one"), process);
}

TEST_F(ApiNodeTest, SecondNodeOfTheSameNameIsRefused) {
  start_all();
  ApiConfig other = config_;
  other.data_dir = (data_.path() / "other").string();
  const auto second = ApiNode::start(other, "api-1", *bus_, quick());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another stream-api has the name api-1"));
  EXPECT_EQ(node_->not_ready(), "");
}

TEST_F(ApiNodeTest, NodeWhosePortIsTakenTouchesNoProcess) {
  const auto folder = algorithm_folder(data_.path(), "left", 0);
  std::filesystem::create_directories(folder);
  ProcessOptions options;
  options.arguments = {"/bin/sleep", "1000"};
  options.environment = {{kStragglerMark, straggler_mark("api-1", folder)}};
  auto left = Process::start(options);
  ASSERT_TRUE(left);
  ASSERT_TRUE(write_process_record(folder, {*identify_process(left->pid()), 8000, "127.0.0.1:9", 1, 0}));
  ApiConfig others = config_;
  others.data_dir = (data_.path() / "other").string();
  const auto other = ApiNode::start(others, "api-2", *bus_, quick());
  ASSERT_TRUE(other) << other.error().message;
  config_.listen = (*other)->address();
  const auto node = ApiNode::start(config_, "api-1", *bus_, quick());
  ASSERT_FALSE(node);
  EXPECT_THAT(node.error().message, HasSubstr("in use"));
  EXPECT_TRUE(is_alive(left->pid()));
  EXPECT_TRUE(*read_process_record(folder)) << "who starts next finds it";
}

TEST_F(ApiNodeTest, EndOfATaskThatCannotBeWrittenIsTriedOnceASecond) {
  // Refuses to keep that a task is not to run any more.
  class FullBus : public reporter::test::FlakyBus {
   public:
    using FlakyBus::FlakyBus;
    std::atomic<bool> is_full = true;
    std::atomic<int> refused = 0;
    bus::CasResult cas(std::string_view key, bus::Revision expected,
                       std::optional<std::string_view> value) override {
      const bool is_task = value && key.starts_with(topics::kTaskKeys);
      if (is_task && is_full && !decode<TaskRecord>(*value).value().should_run) {
        ++refused;
        return {bus::CasResult::Outcome::kFull, expected};
      }
      return FlakyBus::cas(key, expected, value);
    }
  };
  FullBus bus(*bus_);
  start_ingest();
  auto node = ApiNode::start(config_, "api-1", bus, quick());
  ASSERT_TRUE(node) << node.error().message;
  node_ = std::move(*node);
  ASSERT_EQ(post("create", definition("one", address("ends")))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return bus.refused == 1; }));
  const auto first = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually([&] { return bus.refused >= 3; }));
  EXPECT_GE(std::chrono::steady_clock::now() - first, 1900ms);
  bus.is_full = false;
  EXPECT_TRUE(eventually([&] {
    return !decode<TaskRecord>(bus_->get(topics::task_key("one")).value()->value).value().should_run;
  }));
  stop_node();
}

TEST_F(ApiNodeTest, ProcessRecordThatCannotBeWrittenIsWrittenLater) {
  start_all();
  const auto file = task_dir("one") / "0/process.json";
  std::filesystem::create_directories(file / "in the way");
  ASSERT_EQ(post("create", definition("one", address("lives")))["Code"], 0);
  ASSERT_TRUE(reaches("one", "running"));
  EXPECT_TRUE(std::filesystem::is_directory(file));
  std::filesystem::remove_all(file);
  ASSERT_TRUE(eventually([&] { return std::filesystem::is_regular_file(file); }));
  const auto record = read_process_record(task_dir("one") / "0");
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->process.pid, pid("one"));
}

TEST_F(ApiNodeTest, NodesThatAreStoppedWithUsAreNotLost) {
  config_.kill_after = 1500ms;
  start_all();
  const auto told = [&](const std::string& kind) {
    const auto items = bus_->list_queue(topics::kEventQueue, {}, 100).value();
    return std::any_of(items.begin(), items.end(), [&](const auto& item) {
      const auto event =
          decode<SystemEvent>(bus_->read_message(topics::kEventQueue, item.id).value()).value();
      return event.kind == kind && event.subject == "ingest/ingest-1";
    });
  };
  ASSERT_EQ(post("create", definition("one", address("stubborn")))["Code"], 0);
  ASSERT_TRUE(reaches("one", "running"));
  ASSERT_TRUE(eventually([&] { return told("node_joined"); }));
  const auto before = port();
  auto stopping = std::async(std::launch::async, [this] { stop_node(); });
  ASSERT_TRUE(
      eventually([&] { return stream::test::http_request(before, "GET", "/healthz").status != 200; }));
  ingest_.reset();
  ASSERT_EQ(stopping.wait_for(0s), std::future_status::timeout) << "it waits for its process";
  stopping.wait();
  EXPECT_FALSE(told("node_lost"));
}

TEST(ApiConfig, ShippedSampleEqualsTheDefaults) {
  ApiConfig defaults, sample;
  ConfigTable defaults_table, sample_table;
  defaults.describe(defaults_table);
  sample.describe(sample_table);
  const auto read = sample_table.read_file(STREAM_SOURCE_DIR "/config/api-node.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(sample_table.to_json(), defaults_table.to_json());
  std::ifstream file(STREAM_SOURCE_DIR "/config/api-node.json");
  EXPECT_EQ(json::parse(file), defaults_table.to_json());  // it has every key
}

}  // namespace
}  // namespace stream::api::test
