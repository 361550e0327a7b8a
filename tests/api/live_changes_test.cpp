// Tasks that are given another definition: what is touched, and what is not.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <future>

#include "node_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/http/uri.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class LiveChanges : public NodeFixture {
 protected:
  std::string address(const std::string& what) const { return (data_.path() / what).string(); }
  void start_all() {
    start_ingest();
    start_node();
  }
  // A task with these algorithms whose processes all run.
  json running(const std::string& id, const std::vector<int>& types, const std::string& what = "lives") {
    json task = definition(id, address(what), types);
    EXPECT_EQ(post("create", task)["Code"], 0);
    wait_for_processes(id, types.size());
    return task;
  }
  void wait_for_processes(const std::string& id, std::size_t count) {
    EXPECT_TRUE(eventually([&] {
      const auto all = pids(id);
      return all.size() == count && std::find(all.begin(), all.end(), 0) == all.end();
    })) << query(id);
  }
  // Those are gone, and each algorithm has a process that is none of them.
  bool is_settled(const std::string& id, const std::vector<pid_t>& gone) {
    return eventually([&] {
      const auto now = pids(id);
      const auto is_new = [&](pid_t one) {
        return one != 0 && std::find(gone.begin(), gone.end(), one) == gone.end();
      };
      return std::none_of(gone.begin(), gone.end(), is_alive) && std::all_of(now.begin(), now.end(), is_new);
    });
  }
  std::vector<pid_t> pids(const std::string& id) {
    std::vector<pid_t> all;
    const json answer = query(id);
    if (!answer.contains("Result")) return all;
    for (const json& one : answer["Result"]["Algorithms"]) all.push_back(one.value("Pid", 0));
    return all;
  }
  stream::test::HttpAnswer put_text(const std::string& id, const std::string& body) {
    return stream::test::http_request(port(), "PUT", "/api/v1/tasks/" + http::percent_encoded(id), body);
  }
  // What each algorithm is said to undergo.
  std::vector<std::string> put(const json& task) {
    const auto answer = put_text(task["TaskID"], task.dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    const json body = json::parse(answer.body);
    EXPECT_EQ(body["task"], task["TaskID"]);
    std::vector<std::string> words;
    for (const json& one : body["algorithms"]) words.push_back(one["change"]);
    return words;
  }
  std::vector<std::string> create(const json& task) {
    const json answer = post("create", task);
    EXPECT_EQ(answer["Code"], 0) << answer;
    std::vector<std::string> words;
    for (const json& one : answer["Result"]["Algorithms"]) words.push_back(one["Change"]);
    return words;
  }
  void remove(const std::string& id) { EXPECT_EQ(post("delete", {{"TaskID", id}})["Code"], 0); }
  TaskRecord record(const std::string& id) {
    return decode<TaskRecord>(bus_->get(topics::task_key(id)).value()->value).value();
  }
};

void change_rules(json& task, int algorithm, int frames) {
  task["Algorithm"][algorithm]["Extend"]["InFrames"] = frames;
}

void change_stream(json& task, int algorithm, int interval) {
  task["Algorithm"][algorithm]["DetectInterval"] = interval;
}

// A triangle in the square from 0 to `size`.
void draw_area(json& task, int size, int tip) {
  json area = json::array();
  for (const auto& [x, y] : std::vector<std::pair<int, int>>{{0, 0}, {size, tip}, {0, size}}) {
    area.push_back({{"X", x}, {"Y", y}});
  }
  task["Algorithm"][0]["DetectInfos"] = {{{"HotArea", std::move(area)}}};
}

TEST_F(LiveChanges, OnlyTheProcessThatNeedsAnotherConfigurationIsTouched) {
  start_all();
  json task = running("one", {3, 4, 1});
  running("other", {3});
  const auto before = pids("one"), others = pids("other");
  const TaskRecord first = record("one");
  change_rules(task, 0, 7);
  change_stream(task, 1, 5);
  EXPECT_THAT(put(task), ElementsAre("rules changed", "restarted", "unchanged"));
  EXPECT_EQ(listed("one")["Status"], 1) << "it runs all the time";
  ASSERT_TRUE(is_settled("one", {before[1]}));
  const auto after = pids("one");
  EXPECT_EQ(after[0], before[0]);
  EXPECT_NE(after[1], before[1]);
  EXPECT_EQ(after[2], before[2]);
  EXPECT_EQ(pids("other"), others);
  EXPECT_EQ(counter("stream_api_processes_started_total"), 5);
  const TaskRecord now = record("one");
  EXPECT_EQ(json::parse(now.algorithms[0].logic_json)["rules"]["seen"]["in_frames"], 7);
  EXPECT_EQ(now.algorithms[1].sample_interval, 5);
  EXPECT_EQ(now.created_us, first.created_us);
  EXPECT_EQ(json::parse(now.definition_json), task);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(now.algorithms[i].path_key, first.algorithms[i].path_key) << "its frames are of the same life";
    EXPECT_EQ(now.algorithms[i].life, first.algorithms[i].life);
  }
}

// The detector of yolov5 is told of the rectangle around the areas, nothing more.
TEST_F(LiveChanges, AreaIsARuleUnlessTheStreamProcessIsToldOfIt) {
  start_all();
  json task = definition("one", address("lives"), {3});
  draw_area(task, 100, 0);
  ASSERT_THAT(create(task), ElementsAre("added"));
  wait_for_processes("one", 1);
  const auto before = pids("one");
  draw_area(task, 100, 50);
  EXPECT_THAT(put(task), ElementsAre("rules changed"));
  EXPECT_THAT(put(task), ElementsAre("unchanged"));
  EXPECT_EQ(pids("one"), before);
  draw_area(task, 200, 50);
  EXPECT_THAT(put(task), ElementsAre("restarted"));
  EXPECT_TRUE(is_settled("one", before));
}

TEST_F(LiveChanges, WhereReportsGoTouchesNothing) {
  start_all();
  json task = running("one", {3});
  const auto before = pids("one");
  task["Reporting"] = {{"ReportUrlList", {"http://127.0.0.1:9/a", "http://127.0.0.1:9/b"}},
                       {"Policy", "all"}};
  task["InputSrc"]["SrcID"] = "another name";
  EXPECT_THAT(put(task), ElementsAre("unchanged"));
  EXPECT_EQ(pids("one"), before);
  EXPECT_EQ(record("one").report_urls.size(), 2U);
  EXPECT_EQ(record("one").report_policy, "all");
  EXPECT_EQ(record("one").src_id, "another name");
}

TEST_F(LiveChanges, AnotherVideoOrTypeIsAnotherLife) {
  start_all();
  json task = running("one", {3, 4});
  const auto before = pids("one");
  const TaskRecord first = record("one");
  task["Algorithm"][1]["Type"] = 3;
  EXPECT_THAT(put(task), ElementsAre("unchanged", "removed", "added"));
  ASSERT_TRUE(is_settled("one", {before[1]}));
  const TaskRecord second = record("one");
  EXPECT_EQ(second.algorithms[0].path_key, first.algorithms[0].path_key);
  EXPECT_NE(second.algorithms[1].path_key, first.algorithms[1].path_key);
  task["InputSrc"]["StreamSrc"]["Address"] = address("also lives");
  EXPECT_THAT(put(task), ElementsAre("restarted", "restarted"));
  EXPECT_NE(record("one").algorithms[0].path_key, second.algorithms[0].path_key);
  EXPECT_TRUE(is_settled("one", before));
}

TEST_F(LiveChanges, AlgorithmsComeAndGo) {
  start_all();
  json task = running("one", {3});
  const auto first = pids("one");
  task["Algorithm"].push_back({{"Type", 4}, {"DetectInterval", 3}});
  EXPECT_THAT(put(task), ElementsAre("unchanged", "added"));
  wait_for_processes("one", 2);
  const auto both = pids("one");
  EXPECT_EQ(both[0], first[0]);

  const json longer = task;
  task["Algorithm"].erase(1);
  EXPECT_THAT(put(task), ElementsAre("unchanged", "removed"));
  // It comes back while its process may still be going: there is never more than one in its folder.
  EXPECT_THAT(put(longer), ElementsAre("unchanged", "added"));
  ASSERT_TRUE(is_settled("one", {both[1]}));
  wait_for_processes("one", 2);
  EXPECT_EQ(pids("one")[0], first[0]);
  EXPECT_TRUE(is_alive(pids("one")[1]));

  const auto last = pids("one");
  EXPECT_THAT(put(task), ElementsAre("unchanged", "removed"));
  EXPECT_TRUE(
      eventually([&] { return !is_alive(last[1]) && !std::filesystem::exists(task_dir("one") / "1"); }));
  EXPECT_EQ(pids("one"), first);
}

TEST_F(LiveChanges, SameDefinitionTakesAChangedSample) {
  start_all();
  const json task = running("one", {3});
  const auto before = pids("one");
  EXPECT_THAT(put(task), ElementsAre("unchanged"));
  EXPECT_EQ(pids("one"), before);
  const auto demo = tree_.root() / "samples/yolov5/config/yolov5_demo.json";
  json content = json::parse(std::ifstream(demo));
  content["draw_func_name"] = "draw_something_else";
  std::ofstream(demo) << content;
  EXPECT_THAT(create(task), ElementsAre("unchanged")) << "a create of what runs does nothing";
  EXPECT_EQ(pids("one"), before);
  EXPECT_THAT(put(task), ElementsAre("restarted"));
  EXPECT_TRUE(is_settled("one", before));
}

TEST_F(LiveChanges, CreateOfARunningTaskWithAnotherDefinitionChangesIt) {
  start_all();
  json task = running("one", {3, 4});
  const auto before = pids("one");
  change_rules(task, 0, 7);
  change_stream(task, 1, 5);
  const json answer = post("create", task);
  EXPECT_EQ(answer["Code"], 0);
  EXPECT_EQ(answer["Msg"], "ok: yolov5 rules changed, yolov8 restarted");
  ASSERT_TRUE(is_settled("one", {before[1]}));
  EXPECT_EQ(pids("one")[0], before[0]);
}

TEST_F(LiveChanges, ProcessThatCannotRunGetsItsChanceAtOnce) {
  start_ingest();
  SupervisorOptions slow = quick();
  slow.machine.first_delay = 1h;
  start_node(slow);
  json task = definition("one", address("crashes"));
  ASSERT_EQ(post("create", task)["Code"], 0);
  ASSERT_TRUE(eventually([&] { return state("one") == "backoff"; }));
  task["InputSrc"]["StreamSrc"]["Address"] = address("lives");
  EXPECT_THAT(put(task), ElementsAre("restarted"));
  EXPECT_TRUE(eventually([&] { return state("one") == "running"; }));
}

TEST_F(LiveChanges, MistakesAreToldAndChangeNothing) {
  start_all();
  json task = running("one", {3});
  const auto before = pids("one");
  const TaskRecord first = record("one");
  const auto refusal = [&](const std::string& id, const std::string& body, int status) -> std::string {
    const auto answer = put_text(id, body);
    EXPECT_EQ(answer.status, status) << answer.body;
    return json::parse(answer.body)["detail"];
  };
  EXPECT_EQ(refusal("none", definition("none", address("lives")).dump(), 404), "found no task \"none\"");
  EXPECT_EQ(refusal("two", task.dump(), 400), "/TaskID: found \"one\", expected \"two\" as in the path");
  EXPECT_EQ(refusal("one", "no json", 400), "found no valid JSON at byte 2, expected JSON text");
  json wrong = task;
  wrong["Algorithm"][0]["Type"] = 99;
  EXPECT_THAT(refusal("one", wrong.dump(), 400), HasSubstr("/Algorithm/0/Type: found 99"));
  wrong = task;
  wrong["InputSrc"]["StreamSrc"]["Address"] = "ftp://u:secret@h/1";
  EXPECT_THAT(refusal("one", wrong.dump(), 400), HasSubstr("ftp://u:***@h/1"));
  EXPECT_EQ(stream::test::http_request(port(), "PUT", "/api/v1/tasks/%zz", "{}").status, 400);
  EXPECT_EQ(stream::test::http_request(port(), "PATCH", "/api/v1/tasks/one", "{}").status, 405);
  EXPECT_EQ(record("one"), first);
  EXPECT_EQ(pids("one"), before);
}

// ---- a delete and a create

class KeptProcesses : public LiveChanges {
 protected:
  KeptProcesses() { config_.stop_grace = 60s; }
};

TEST_F(KeptProcesses, CreateInTimeGoesOnWithThem) {
  start_all();
  json task = running("one", {3, 4});
  const auto before = pids("one");
  const TaskRecord first = record("one");
  remove("one");
  EXPECT_EQ(listed("one"), nullptr);
  EXPECT_EQ(query("one")["Code"], -1);
  EXPECT_TRUE(bus_->list(std::string(topics::kTaskKeys)).value().empty());
  EXPECT_TRUE(is_alive(before[0]) && is_alive(before[1]));
  EXPECT_TRUE(std::filesystem::exists(task_dir("one") / "0/config"));
  EXPECT_EQ(post("delete", {{"TaskID", "one"}})["Code"], -1) << "it is gone";

  change_rules(task, 0, 7);
  change_stream(task, 1, 5);
  EXPECT_THAT(create(task), ElementsAre("rules changed", "restarted"));
  EXPECT_EQ(listed("one")["Status"], 1);
  ASSERT_TRUE(is_settled("one", {before[1]}));
  EXPECT_EQ(pids("one")[0], before[0]);
  const TaskRecord now = record("one");
  EXPECT_EQ(now.algorithms[0].path_key, first.algorithms[0].path_key) << "the process posts there";
  EXPECT_NE(now.algorithms[0].life, first.algorithms[0].life);
  EXPECT_GE(now.created_us, first.created_us);

  const auto second = pids("one");
  remove("one");
  EXPECT_THAT(create(task), ElementsAre("unchanged", "unchanged"));
  EXPECT_EQ(pids("one"), second);
  EXPECT_NE(record("one").algorithms[0].life, now.algorithms[0].life);
}

TEST_F(KeptProcesses, CreateOfSomethingElseEndsThem) {
  start_all();
  running("one", {3, 4});
  const auto before = pids("one");
  remove("one");
  EXPECT_THAT(create(definition("one", address("also lives"), {3})), ElementsAre("restarted", "removed"));
  ASSERT_TRUE(is_settled("one", before));
  EXPECT_EQ(pids("one").size(), 1U);
}

TEST_F(KeptProcesses, TheyEndWhenNobodyComes) {
  config_.stop_grace = 300ms;
  start_all();
  running("one", {3});
  const auto before = pids("one");
  const auto deleted_at = std::chrono::steady_clock::now();
  remove("one");
  ASSERT_TRUE(eventually([&] { return !is_alive(before[0]); }));
  EXPECT_GE(std::chrono::steady_clock::now() - deleted_at, 300ms);
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(task_dir("one")); }));
  EXPECT_THAT(create(definition("one", address("lives"))), ElementsAre("added"));
  wait_for_processes("one", 1);
}

TEST_F(KeptProcesses, TheyAreNotStartedAgain) {
  start_all();
  running("one", {3, 4});
  const auto before = pids("one");
  remove("one");
  ASSERT_EQ(kill(before[0], SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return counter("stream_api_processes_exited_total") == 1; }));
  EXPECT_EQ(counter("stream_api_processes_started_total"), 2);
  EXPECT_TRUE(is_alive(before[1]));
  EXPECT_THAT(create(definition("one", address("lives"), {3, 4})), ElementsAre("restarted", "unchanged"));
  wait_for_processes("one", 2);
  EXPECT_EQ(pids("one")[1], before[1]);
}

TEST_F(KeptProcesses, WhatDoesNotRunIsNotKept) {
  start_ingest();
  SupervisorOptions slow = quick();
  slow.machine.first_delay = 1h;
  start_node(slow);
  ASSERT_EQ(post("create", definition("one", address("crashes")))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return state("one") == "backoff"; }));
  remove("one");
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(task_dir("one")); }));
}

TEST_F(KeptProcesses, EndOfTheNodeEndsThem) {
  start_all();
  running("one", {3});
  const auto before = pids("one");
  remove("one");
  stop_node();
  EXPECT_FALSE(is_alive(before[0]));
  EXPECT_FALSE(std::filesystem::exists(task_dir("one"))) << "nothing of the deleted task is left";
  start_node();
  EXPECT_EQ(listed("one"), nullptr);
}

// As after kill -9: the processes died with the node, or as its stragglers, but nobody has removed the files.
TEST_F(KeptProcesses, FilesOfADeletedTaskAreSweptUpByTheNextStart) {
  start_all();
  running("one", {3});
  stop_node();
  std::filesystem::create_directories(task_dir("deleted") / "0/config");
  start_node();
  EXPECT_FALSE(std::filesystem::exists(task_dir("deleted")));
  EXPECT_TRUE(std::filesystem::exists(task_dir("one")));
}

TEST_F(KeptProcesses, RecordOfAnotherNodeEndsThem) {
  start_all();
  running("one", {3});
  const auto before = pids("one");
  TaskRecord taken = record("one");
  remove("one");
  taken.api_node = "api-2";
  ASSERT_TRUE(bus_->cas(topics::task_key("one"), 0, encode(taken)).done());
  EXPECT_TRUE(eventually([&] { return !is_alive(before[0]); }));
}

TEST_F(KeptProcesses, ChangedManifestBetweenRestartsThem) {
  const stream::test::TemporaryFolder folder;
  std::filesystem::copy(STREAM_SOURCE_DIR "/algorithms", folder.path(),
                        std::filesystem::copy_options::recursive);
  config_.algorithms_dir = folder.path();
  start_all();
  const json task = running("one", {3});
  const auto before = pids("one");
  remove("one");
  const auto file = folder.path() / "yolov5/algorithm.json";
  json manifest = json::parse(std::ifstream(file));
  manifest["mapping"].push_back({{"value", "another"}, {"to", "demo"}, {"at", "/draw_func_name"}});
  std::ofstream(file) << manifest.dump(1);
  ASSERT_TRUE(eventually([&] { return counter("stream_api_algorithm_reloads_total") >= 1; }));
  EXPECT_THAT(create(task), ElementsAre("restarted"));
  EXPECT_TRUE(is_settled("one", before));
}

// Whatever comes in which order, at the end there is what the last one wanted, once.
TEST_F(KeptProcesses, DeletesAndCreatesFromEverywhere) {
  config_.stop_grace = 30ms;
  start_all();
  const json task = definition("one", address("lives"), {3});
  std::vector<std::future<void>> clients;
  for (int client = 0; client < 4; ++client) {
    clients.push_back(std::async(std::launch::async, [&, client] {
      for (int i = 0; i < 15; ++i) {
        json mine = task;
        change_rules(mine, 0, 1 + client);
        if (i % 3 == client % 3) change_stream(mine, 0, 2 + i);
        EXPECT_EQ(post("create", mine)["Code"], 0);
        const json deleted = post("delete", {{"TaskID", "one"}});
        EXPECT_TRUE(deleted["Code"] == 0 || deleted["Msg"] == "found no task \"one\"") << deleted;
      }
    }));
  }
  for (auto& client : clients) client.get();
  EXPECT_EQ(post("create", task)["Code"], 0);
  wait_for_processes("one", 1);
  const double runs = counter("stream_api_processes_started_total");
  ASSERT_TRUE(eventually([&] { return counter("stream_api_processes_exited_total") == runs - 1; }));
  EXPECT_TRUE(is_alive(pid("one")));
  remove("one");
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(task_dir("one")); }));
  EXPECT_EQ(counter("stream_api_processes_exited_total"), counter("stream_api_processes_started_total"));
}

}  // namespace
}  // namespace stream::api::test
