// Several api-nodes on one bus: whichever is asked, each task runs on one of them.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>

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
using testing::UnorderedElementsAre;

class SeveralNodes : public NodeFixture {
 protected:
  SeveralNodes() {
    start_ingest();
    config_.failover_grace = 400ms;
  }

  void start(const std::string& name, const std::vector<std::string>& labels = {}) {
    ApiConfig config = config_;
    config.data_dir = folder_of(name);
    config.labels = labels;
    auto node = ApiNode::start(config, name, *bus_, quick());
    ASSERT_TRUE(node) << node.error().message;
    nodes_[name] = std::move(*node);
    ASSERT_TRUE(eventually([&] { return nodes_.at(name)->not_ready().empty(); }));
    // All know each other.
    ASSERT_TRUE(eventually([&] {
      return std::all_of(nodes_.begin(), nodes_.end(),
                         [&](const auto& entry) { return live_api_nodes(entry.first) == nodes_.size(); });
    }));
  }
  // As `node` sees it.
  std::size_t live_api_nodes(const std::string& node) {
    const json answer = json::parse(http(node, "GET", "/api/v1/nodes").body);
    const json& all = answer["nodes"];
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const json& entry) {
      return entry["role"] == "api" && entry["state"] == "live";
    }));
  }
  void stop(const std::string& name) { nodes_.erase(name); }
  std::filesystem::path folder_of(const std::string& name) const { return data_.path() / name; }

  stream::test::HttpAnswer http(const std::string& node, const std::string& method, const std::string& path,
                                const json& body = nullptr) {
    return stream::test::http_request(nodes_.at(node)->address(), method, path,
                                      body.is_null() ? "" : body.dump());
  }
  json ask(const std::string& node, const std::string& verb, const json& body) {
    return json::parse(http(node, "POST", "/task/" + verb, body).body, nullptr, false);
  }
  static json camera_of_the_hall(const std::string& id) {
    json body = definition(id, "rtsp://" + id + "/lives");
    body["Extend"] = {{"NodeLabel", "hall"}};
    return body;
  }
  void create(const std::string& node, const json& body) {
    const json answer = ask(node, "create", body);
    ASSERT_EQ(answer["Code"], 0) << answer;
  }
  json task(const std::string& id, const json& extend = nullptr, const std::string& what = "lives") {
    json body = definition(id, (data_.path() / what).string());
    if (!extend.is_null()) body["Extend"] = extend;
    return body;
  }
  json described(const std::string& node, const std::string& id) {
    const json answer = ask(node, "query", {{"TaskID", id}});
    return answer.contains("Result") ? answer["Result"] : json();
  }
  std::string runs_on(const std::string& id) {
    const auto record = this->record(id);
    return record ? record->api_node : "";
  }
  std::optional<TaskRecord> record(const std::string& id) {
    const auto entry = bus_->get(topics::task_key(id));
    if (!entry || !*entry) return std::nullopt;
    return decode<TaskRecord>((*entry)->value).value();
  }
  // As `node` tells it.
  std::string state(const std::string& node, const std::string& id) {
    const json task = described(node, id);
    return task.is_null() ? "" : task["Algorithms"][0].value("State", "");
  }
  bool reaches(const std::string& node, const std::string& id, const std::string& wanted) {
    return eventually([&] { return state(node, id) == wanted; });
  }
  pid_t pid(const std::string& node, const std::string& id) {
    const json task = described(node, id);
    return task.is_null() ? 0 : task["Algorithms"][0].value("Pid", 0);
  }
  std::map<std::string, int> list(const std::string& node) {
    std::map<std::string, int> statuses;
    const json answer = ask(node, "list", json::object());
    for (const json& task : answer["Result"]) {
      statuses[task["TaskID"]] = task["Status"];
    }
    return statuses;
  }
  double started(const std::string& node) {
    const std::string text = http(node, "GET", "/metrics").body;
    const std::string name = "\nstream_api_processes_started_total ";
    const auto at = text.find(name);
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size()));
  }

  std::map<std::string, std::unique_ptr<ApiNode>> nodes_;
};

TEST_F(SeveralNodes, TasksAreSpreadByLoadAndEachNodeTellsOfAll) {
  start("a");
  start("b");
  std::map<std::string, int> on;
  std::map<std::string, int> all_running;
  for (int i = 0; i < 6; ++i) {
    const std::string id = "task " + std::to_string(i);
    create("a", task(id));
    ++on[runs_on(id)];
    all_running[id] = 1;
  }
  EXPECT_EQ(on, (std::map<std::string, int>{{"a", 3}, {"b", 3}}));
  for (const char* node : {"a", "b"}) {
    EXPECT_TRUE(eventually([&] { return list(node) == all_running; })) << node;
  }
  for (const auto& [id, status] : all_running) {
    EXPECT_TRUE(reaches("a", id, "running") && reaches("b", id, "running"));
    EXPECT_EQ(described("a", id)["Node"], runs_on(id));
    EXPECT_EQ(pid("a", id), pid("b", id));
  }
  EXPECT_EQ(started("a") + started("b"), 6);
}

TEST_F(SeveralNodes, AnyNodeChangesAndDeletesAnyTask) {
  start("a", {"here"});
  start("b");
  create("b", task("one", {{"NodeLabel", "here"}}));
  ASSERT_EQ(runs_on("one"), "a");
  ASSERT_TRUE(reaches("b", "one", "running"));
  const pid_t process = pid("b", "one");

  json changed = task("one", {{"NodeLabel", "here"}});
  changed["Algorithm"][0]["AlarmInterval"] = 7;
  json answer = ask("b", "create", changed);
  EXPECT_EQ(answer["Code"], 0) << answer;
  EXPECT_EQ(answer["Result"]["Algorithms"][0]["Change"], "rules changed") << answer;
  EXPECT_EQ(pid("b", "one"), process);
  answer = ask("b", "create", changed);
  EXPECT_EQ(answer["Result"]["Algorithms"][0]["Change"], "unchanged") << answer;

  changed["InputSrc"]["StreamSrc"]["Address"] = (data_.path() / "another" / "lives").string();
  const auto put = http("b", "PUT", "/api/v1/tasks/one", changed);
  EXPECT_EQ(put.status, 200) << put.body;
  EXPECT_THAT(put.body, HasSubstr("restarted"));
  EXPECT_TRUE(eventually([&] { return pid("b", "one") != process && pid("b", "one") != 0; }));
  EXPECT_TRUE(eventually([&] { return !is_alive(process); }));

  const pid_t second = pid("b", "one");
  EXPECT_EQ(ask("b", "delete", {{"TaskID", "one"}})["Code"], 0);
  EXPECT_TRUE(eventually([&] { return !is_alive(second); }));
  for (const char* node : {"a", "b"}) EXPECT_TRUE(eventually([&] { return list(node).empty(); })) << node;
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(task_folder(folder_of("a"), "one")); }));
  EXPECT_EQ(started("b"), 0);
}

TEST_F(SeveralNodes, LogsComeFromTheNodeThatHasThem) {
  start("a", {"here"});
  start("b");
  create("a", task("one/two", {{"NodeLabel", "here"}}));
  ASSERT_TRUE(reaches("b", "one/two", "running"));
  for (const char* node : {"a", "b"}) {
    const auto answer = http(node, "GET", "/api/v1/tasks/one%2Ftwo/logs?lines=3");
    EXPECT_EQ(answer.status, 200) << node << ": " << answer.body;
    EXPECT_THAT(answer.body, HasSubstr("avg_fps")) << node;
  }
  EXPECT_EQ(http("b", "GET", "/api/v1/tasks/one%2Ftwo/logs?lines=x").status, 400);
  stop("a");
  ASSERT_TRUE(reaches("b", "one/two", "queued"));
  const auto away = http("b", "GET", "/api/v1/tasks/one%2Ftwo/logs");
  EXPECT_EQ(away.status, 503);
  EXPECT_THAT(away.body, HasSubstr("api-node a, which runs the task, does not answer"));
}

TEST_F(SeveralNodes, TasksOfANodeThatStaysAwayRunElsewhereOnceAndForGood) {
  start("a", {"here"});
  start("b");
  start("c");
  // Without labels "here" is as good as any other place, so that whoever is left can take them.
  for (const char* id : {"one", "two", "three"}) create("b", task(id));
  const std::string gone = runs_on("one");
  ASSERT_NE(gone, "");
  const std::string left = gone == "b" ? "c" : "b";
  ASSERT_TRUE(reaches(left, "one", "running"));
  const TaskRecord before = *record("one");

  stop(gone);
  ASSERT_TRUE(
      eventually([&] { return described(left, "one")["Algorithms"][0]["ReasonCode"] == "node_away"; }));
  EXPECT_EQ(described(left, "one")["Algorithms"][0]["Reason"], "api-node " + gone + " does not answer");
  EXPECT_EQ(list(left)["one"], 0);
  ASSERT_TRUE(eventually([&] { return runs_on("one") != gone; }));
  ASSERT_TRUE(reaches(left, "one", "running"));
  const TaskRecord now = *record("one");
  EXPECT_NE(now.algorithms[0].path_key, before.algorithms[0].path_key) << "the former process is shut out";
  EXPECT_EQ(now.created_us, before.created_us);
  EXPECT_TRUE(eventually([&] { return list(left)["two"] == 1 && list(left)["three"] == 1; }));

  double sum = 0;
  for (const auto& [name, node] : nodes_) sum += started(name);
  EXPECT_EQ(sum, 3) << "two that were theirs all the time, and one that came";
  const std::map<std::string, std::string> placed{
      {"one", runs_on("one")}, {"two", runs_on("two")}, {"three", runs_on("three")}};
  start(gone);
  ASSERT_TRUE(eventually([&] { return list(gone).size() == 3 && list(gone)["one"] == 1; }));
  for (const auto& [id, node] : placed) EXPECT_EQ(runs_on(id), node) << "nothing moves back";
  EXPECT_EQ(started(gone), 0);
  EXPECT_FALSE(std::filesystem::exists(task_folder(folder_of(gone), "one")));
}

TEST_F(SeveralNodes, TiedTaskStaysWhereItsDeviceIs) {
  start("a");
  start("b");
  create("b", task("tied", {{"Tied", true}}));
  create("b", task("tied too", {{"Tied", true}}));
  EXPECT_EQ(runs_on("tied"), "b") << "where it was created";
  EXPECT_EQ(runs_on("tied too"), "b") << "whatever the load";
  create("a", task("free"));
  ASSERT_EQ(runs_on("free"), "a");
  // One that moves when b stays away: then the grace has passed.
  std::string guide;
  for (int i = 0; runs_on(guide) != "b"; ++i) {
    guide = "guide " + std::to_string(i);
    create("a", task(guide));
  }

  stop("b");
  ASSERT_TRUE(eventually([&] { return runs_on(guide) == "a"; }));
  EXPECT_EQ(runs_on("tied"), "b");
  EXPECT_EQ(described("a", "tied")["Algorithms"][0]["ReasonCode"], "node_away");
  const json again = ask("a", "create", task("tied", {{"Tied", true}}));
  EXPECT_EQ(again["Code"], -1);
  EXPECT_THAT(again["Msg"].get<std::string>(), HasSubstr("tied to a device of api-node b"));
  start("b");
  EXPECT_TRUE(reaches("a", "tied", "running"));
  EXPECT_EQ(runs_on("tied"), "b");
}

TEST_F(SeveralNodes, LabelsSayWhereATaskMayRun) {
  start("a", {"tpu"});
  start("b", {"tpu", "hall"});
  start("c");
  EXPECT_THAT(http("c", "GET", "/api/v1/nodes").body, HasSubstr(R"("labels":["tpu","hall"])"));
  for (int i = 0; i < 3; ++i)
    create("a", task("hall " + std::to_string(i), {{"NodeLabel", {"hall", "tpu"}}}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(runs_on("hall " + std::to_string(i)), "b");
  const json none = ask("c", "create", task("yard", {{"NodeLabel", "yard"}}));
  EXPECT_EQ(none["Code"], -1);
  EXPECT_EQ(none["Msg"],
            "/Extend/NodeLabel: found yard, expected labels that one api-node that is up has; there are a "
            "(tpu), b (hall, tpu), c (none)");

  // Another label is another place; the life of the task goes on.
  const TaskRecord before = *record("hall 0");
  ASSERT_TRUE(reaches("c", "hall 0", "running"));
  const pid_t process = pid("c", "hall 0");
  stop("a");
  json moved = task("hall 0");
  moved["Extend"]["NodeLabel"] = "tpu";
  create("c", moved);
  EXPECT_EQ(runs_on("hall 0"), "b") << "it may stay";
  start("a", {"yard"});
  moved["Extend"]["NodeLabel"] = "yard";
  create("c", moved);
  EXPECT_EQ(runs_on("hall 0"), "a");
  EXPECT_EQ(record("hall 0")->created_us, before.created_us);
  EXPECT_TRUE(eventually([&] { return !is_alive(process); }));
  EXPECT_TRUE(reaches("b", "hall 0", "running"));
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(task_folder(folder_of("b"), "hall 0")); }));
}

TEST_F(SeveralNodes, RecordOfNobodyIsTakenByOne) {
  start("a");
  start("b");
  create("a", task("one"));
  TaskRecord record = *this->record("one");
  record.task_id = "old";
  record.api_node.clear();
  json definition = json::parse(record.definition_json);
  definition["TaskID"] = "old";
  record.definition_json = definition.dump();
  record.algorithms[0].path_key = "0123456789abcdef0123456789abcdef";
  ASSERT_TRUE(bus_->cas(topics::task_key("old"), 0, encode(record)).done());
  EXPECT_TRUE(reaches("a", "old", "running"));
  EXPECT_THAT(runs_on("old"), testing::AnyOf("a", "b"));
  EXPECT_EQ(started("a") + started("b"), 2);
}

TEST_F(SeveralNodes, DeleteAndCreateThroughAnotherNodeGoesOnWithTheKeptProcess) {
  config_.stop_grace = 5s;
  start("a", {"here"});
  start("b");
  create("b", task("one", {{"NodeLabel", "here"}}));
  ASSERT_TRUE(reaches("b", "one", "running"));
  const pid_t process = pid("b", "one");
  ASSERT_EQ(ask("b", "delete", {{"TaskID", "one"}})["Code"], 0);
  create("b", task("one", {{"NodeLabel", "here"}}));
  ASSERT_TRUE(reaches("b", "one", "running"));
  EXPECT_EQ(pid("b", "one"), process);
}

TEST_F(SeveralNodes, WhoSharedAProcessSharesOneWhereverTheyComeTogether) {
  config_.stream_process = "shared";
  start("a", {"hall"});
  start("b");
  for (const char* id : {"one", "two"}) create("b", camera_of_the_hall(id));
  const AlgorithmSpec before = record("one")->algorithms[0];
  ASSERT_EQ(record("two")->algorithms[0].shared_key, before.shared_key);
  ASSERT_FALSE(before.shared_key.empty());
  start("c", {"hall"});
  stop("a");
  ASSERT_TRUE(eventually([&] { return runs_on("one") == "c" && runs_on("two") == "c"; }, 20s));
  const AlgorithmSpec one = record("one")->algorithms[0], two = record("two")->algorithms[0];
  EXPECT_EQ(one.shared_key, two.shared_key);
  EXPECT_NE(one.shared_key, before.shared_key) << "the former process is shut out";
  EXPECT_EQ(one.shared_key.size(), before.shared_key.size());
  EXPECT_NE(one.shared_channel, two.shared_channel);
  ASSERT_TRUE(eventually([&] { return pid("b", "one") != 0; }));
  EXPECT_EQ(described("b", "two")["Algorithms"][0]["SharedProcess"],
            described("b", "one")["Algorithms"][0]["SharedProcess"]);
}

TEST_F(SeveralNodes, ASeatThatAnotherNodeJustFreedIsNotTaken) {
  config_.stream_process = "shared";
  start("a", {"hall"});
  start("b");
  for (const char* id : {"one", "two"}) create("b", camera_of_the_hall(id));
  const AlgorithmSpec two = record("two")->algorithms[0];
  ASSERT_EQ(ask("b", "delete", {{"TaskID", "two"}})["Code"], 0);
  create("b", camera_of_the_hall("three"));
  const AlgorithmSpec three = record("three")->algorithms[0];
  EXPECT_EQ(three.shared_key, two.shared_key);
  EXPECT_NE(three.shared_channel, two.shared_channel) << "frames of the former camera may still come";
}

TEST_F(SeveralNodes, FailoverCanBeSwitchedOff) {
  config_.failover_grace = 0ms;
  start("a");
  create("a", task("stays"));
  start("b");
  create("a", task("guide"));
  ASSERT_EQ(runs_on("guide"), "b");
  stop("a");
  ASSERT_TRUE(
      eventually([&] { return described("b", "stays")["Algorithms"][0]["ReasonCode"] == "node_away"; }));
  // A record of nobody is given a node by the same looks that leave the other alone.
  TaskRecord record = *this->record("guide");
  record.api_node.clear();
  const auto entry = bus_->get(topics::task_key("guide")).value();
  ASSERT_TRUE(bus_->cas(entry->key, entry->revision, encode(record)).done());
  ASSERT_TRUE(eventually([&] { return runs_on("guide") == "b"; }));
  EXPECT_EQ(runs_on("stays"), "a");
}

}  // namespace
}  // namespace stream::api::test
