// What a user sees of the whole system: real requests, restarts, a clean end.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <set>

#include "stream/common/eventually.hpp"
#include "stream/common/files.hpp"
#include "stream/common/process.hpp"
#include "stream/test/contents.hpp"
#include "stream/test/shared_data.hpp"
#include "system.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;
using std::chrono::seconds;

// A street that never ends, drawn by stream-sim: plates pass all the time.
constexpr const char* kStreet = "/no/such/folder/street.avi";

TEST(Pipeline, AnswersEveryRequestOfApplicationWeb) {
  const auto shared = test::shared_dir();
  if (!shared) GTEST_SKIP() << shared.error().message;
  System system;
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(*shared / "contract" / "requests")) {
    files.insert(entry.path());
  }
  ASSERT_FALSE(files.empty());
  std::size_t creates = 0;
  for (const std::filesystem::path& file : files) {  // create-… come before delete… and list, by name
    test::TcpClient client(system.api_port());
    ASSERT_TRUE(client.send(test::contents(file)));
    const test::HttpAnswer answer = client.read_answer();
    const std::string what = file.filename().string();
    ASSERT_EQ(answer.status, 200) << what;
    const json body = json::parse(answer.body, nullptr, false);
    ASSERT_TRUE(body.is_object() && body["Code"].is_number_integer() && body["Msg"].is_string())
        << answer.body;
    if (what.starts_with("create")) {
      EXPECT_EQ(body["Code"], 0) << what << ": " << answer.body;
      ++creates;
    }
    if (what == "delete.http") {
      EXPECT_EQ(body["Code"], -1) << "its task was deleted by device name before";
    }
    if (what == "delete-carrying-device-name.http") {
      EXPECT_EQ(body["Code"], 0) << answer.body;
    }
    if (what == "list.http") {
      EXPECT_EQ(body["Code"], 0);
      EXPECT_EQ(body["Result"].size(), creates - 1);
      for (const json& task : body["Result"]) {
        EXPECT_TRUE(task["TaskID"].is_string());
        EXPECT_TRUE(task["Status"].is_number_integer());
      }
    }
  }
}

TEST(Pipeline, TasksOfThePythonServerAreTakenOverOnce) {
  System system;
  const auto saved = system.folder() / "old" / "stream_config_back";
  std::filesystem::create_directories(saved);
  for (const char* id : {"cam1", "cam2", "deleted"}) {
    ASSERT_TRUE(write_file(saved / (std::string(id) + ".json"), system.task(id, 16, kStreet, 5).dump(2)));
  }
  ASSERT_TRUE(write_file(saved / "task_ids.txt", "cam1\ncam2\n"));
  const std::string old_server = system.folder() / "old";
  const auto listed = [&] { return system.api("/task/list", json::object())["Result"].size(); };

  EXPECT_EQ(system.streamctl({"migrate", "--dry-run", old_server}).exit_code, 0);
  EXPECT_EQ(listed(), 0U);
  EXPECT_EQ(system.streamctl({"migrate", old_server}).exit_code, 0);
  EXPECT_EQ(listed(), 2U);
  ASSERT_TRUE(eventually([&] { return system.stream_processes().size() == 2; }, seconds(20)));
  const auto processes = system.stream_processes();
  EXPECT_EQ(system.streamctl({"migrate", old_server}).exit_code, 0);
  EXPECT_EQ(listed(), 2U);
  EXPECT_EQ(system.stream_processes(), processes) << "by the second run";
}

TEST(Pipeline, AnAlarmReachesItsReceiverWithPicturesAndEverythingIsGoneAfterDelete) {
  System system;
  const std::string id = "../a?b#c 任务";
  ASSERT_EQ(system.api("/task/create", system.task(id, 16, kStreet, 1))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return !system.alarms().empty(); }, seconds(60)));
  const receiver::ReceivedAlarm alarm = system.alarms().front();
  EXPECT_EQ(alarm.task_id, id);
  EXPECT_EQ(alarm.src_id, "camera of " + id);
  EXPECT_FALSE(alarm.alarm_id.empty());
  ASSERT_FALSE(alarm.events.empty());
  EXPECT_EQ(alarm.events.front().type, 16);
  EXPECT_TRUE(json::parse(alarm.events.front().extend_json).contains("VehicleLicense"));

  EXPECT_EQ(system.api("/task/query", {{"TaskID", id}})["Result"]["Status"], 1);
  EXPECT_EQ(system.stream_processes().size(), 1U);
  EXPECT_EQ(system.api("/task/delete", {{"TaskID", id}})["Code"], 0);
  EXPECT_TRUE(eventually([&] { return system.stream_processes().empty(); }));
  EXPECT_EQ(system.api("/task/list", json::object())["Result"].size(), 0U);
  EXPECT_TRUE(eventually([&] { return std::filesystem::is_empty(system.data_dir() / "tasks"); }));
}

TEST(Pipeline, TasksRunAgainAfterEachNodeWasKilled) {
  System system;
  ASSERT_EQ(system.api("/task/create", system.task("cam1", 16, kStreet, 1))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return !system.alarms().empty(); }, seconds(60)));
  for (const std::string role : {"ingest", "logic", "reporter", "broker", "api"}) {
    const pid_t old = system.pid_of(role);
    ASSERT_EQ(kill(old, SIGKILL), 0);
    const auto is_back = [&] {
      const pid_t now = system.pid_of(role);
      return now != 0 && now != old;
    };
    ASSERT_TRUE(eventually(is_back, seconds(30))) << role;
    const std::size_t before = system.alarms().size();
    EXPECT_TRUE(eventually([&] { return system.alarms().size() > before; }, seconds(60)))
        << "no alarm after kill -9 of " << role;
  }
  EXPECT_TRUE(eventually([&] { return system.stream_processes().size() == 1; }))
      << "one stream process, not more";
  EXPECT_EQ(system.api("/task/query", {{"TaskID", "cam1"}})["Result"]["Status"], 1);
}

// application-web marks every task stopped that a list does not name.
TEST(Pipeline, AListWaitsForTheTasksRatherThanSayThereAreNone) {
  System system;
  ASSERT_EQ(system.api("/task/create", system.task("cam1", 16, kStreet, 1))["Code"], 0);
  const std::uint16_t port = system.api_port();
  const pid_t broker = system.pid_of("broker");
  const pid_t old_api = system.pid_of("api");
  ASSERT_EQ(kill(broker, SIGSTOP), 0);
  ASSERT_EQ(kill(old_api, SIGKILL), 0);
  std::optional<test::TcpClient> client;
  const bool is_back = eventually([&] {
    const pid_t now = system.pid_of("api");
    if (now == 0 || now == old_api) return false;
    client.emplace(port);
    return client->connected();
  });
  const bool sent =
      is_back && client->send("POST /task/list HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
  ASSERT_EQ(kill(broker, SIGCONT), 0);
  ASSERT_TRUE(sent);
  const test::HttpAnswer answer = client->read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body)["Result"].size(), 1U) << answer.body;
}

TEST(Pipeline, StopTakesEverythingDown) {
  System system;
  ASSERT_EQ(system.api("/task/create", system.task("cam1", 16, kStreet, 1))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return system.stream_processes().size() == 1; }));
  std::vector<pid_t> pids;
  for (const json& node : system.nodes()) pids.push_back(node["pid"]);
  EXPECT_EQ(pids.size(), 5U);
  EXPECT_TRUE(system.server().stop(seconds(20)).clean());
  for (const pid_t pid : pids) EXPECT_FALSE(is_alive(pid));
  EXPECT_TRUE(system.stream_processes().empty());
}

TEST(Pipeline, KillOfTheLauncherEndsTheNodesAndTheNextOneTakesOverTheStreams) {
  System system;
  ASSERT_EQ(system.api("/task/create", system.task("cam1", 16, kStreet, 1))["Code"], 0);
  // It is written down by then: one that is not is ended by the next api-node.
  ASSERT_TRUE(eventually([&] {
    return system.api("/task/query", {{"TaskID", "cam1"}})["Result"]["Algorithms"][0]["Pid"] > 0;
  }));
  std::vector<pid_t> nodes;
  for (const json& node : system.nodes()) nodes.push_back(node["pid"]);
  system.server().signal(SIGKILL);
  EXPECT_TRUE(eventually([&] { return std::none_of(nodes.begin(), nodes.end(), is_alive); }));
  system.start_again();
  EXPECT_TRUE(eventually(
      [&] {
        return system.api("/task/query", {{"TaskID", "cam1"}})["Result"]["Algorithms"][0]["State"] ==
               "running";
      },
      seconds(20)));
  EXPECT_EQ(system.metric("api", "stream_api_processes_adopted_total"), 1);
  // The ingest-node was given another port: the process that was adopted had to be started again.
  EXPECT_EQ(system.stream_processes().size(), 1U);
}

TEST(Pipeline, NoPasswordReachesALogOrAnAnswer) {
  System system;
  const std::string address = "rtsp://operator:hunter2secret@127.0.0.1:1/stream";
  ASSERT_EQ(system.api("/task/create", system.task("cam1", 16, address, 1))["Code"], 0);
  const std::filesystem::path stream_log = system.data_dir() / "tasks" / "cam1" / "0" / "stream.log";
  ASSERT_TRUE(eventually([&] { return test::contents(stream_log).find("reconnected") != std::string::npos; },
                         seconds(30)));
  const std::string list = system.api("/task/list", json::object()).dump();
  const std::string query = system.api("/task/query", {{"TaskID", "cam1"}}).dump();
  json wrong = system.task("cam2", 16, address, 1);
  wrong["InputSrc"]["StreamSrc"]["Address"] = "ftp" + address;
  const json refused = system.api("/task/create", wrong);
  EXPECT_EQ(refused["Code"], -1);
  for (const std::string& text : {list, query, refused.dump(), system.log()}) {
    EXPECT_EQ(text.find("hunter2secret"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace stream::e2e
