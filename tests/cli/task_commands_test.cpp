#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "command_line.hpp"
#include "stream/common/files.hpp"
#include "stream/http/server.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

// An api-node that answers what the test wants and remembers what it was asked.
class TaskCommandsTest : public ::testing::Test {
 protected:
  TaskCommandsTest() {
    for (const char* method : {"GET", "POST", "PUT", "DELETE"}) {
      for (const char* path : {"/api/v1/tasks", "/api/v1/tasks/"}) {
        router_.add(method, path, [this](const http::Request& request) {
          const std::lock_guard lock(mutex_);
          asked_ = request.method + " " + request.path + " " + std::string(request.body);
          return http::Response{status_, answer_, "application/json", {}};
        });
      }
    }
    server_ = http::Server::start({}, router_, metrics_, "test").value();
  }

  CommandLine::Outcome task(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), "task");
    arguments.insert(arguments.end(), {"--api", "http://" + server_->address()});
    return streamctl_.run(arguments, input);
  }

  void will_answer(const json& answer, unsigned status = 200) {
    const std::lock_guard lock(mutex_);
    status_ = status;
    answer_ = answer.dump();
  }
  std::string asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  CommandLine streamctl_;

 private:
  std::mutex mutex_;
  std::string answer_ = "{}";
  unsigned status_ = 200;
  std::string asked_;
  Metrics metrics_;
  http::Router router_{1};
  std::unique_ptr<http::Server> server_;
};

TEST_F(TaskCommandsTest, CreateSendsTheFileAsItIs) {
  const test::TemporaryFolder folder;
  const std::string definition = "{ \"TaskID\": \"cam1\" }\n";
  ASSERT_TRUE(write_file(folder.path() / "task.json", definition));
  const auto outcome = task({"create", "-f", folder.path() / "task.json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(asked(), "POST /api/v1/tasks " + definition);
}

TEST_F(TaskCommandsTest, CreateReadsTheInputForADash) {
  EXPECT_EQ(task({"create", "-f", "-"}, R"({"TaskID":"x"})").exit_code, 0);
  EXPECT_EQ(asked(), R"(POST /api/v1/tasks {"TaskID":"x"})");
}

TEST_F(TaskCommandsTest, WhatIsNoJsonIsNotSentAndNotQuoted) {
  const auto outcome = task({"create", "-f", "-"}, "{\n\"Address\":\"rtsp://u:geheim\n");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("line 2"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("geheim")));
  EXPECT_EQ(task({"create", "-f", "-"}, "[]").exit_code, 1);
  EXPECT_EQ(asked(), "");
}

TEST_F(TaskCommandsTest, FileThatIsNotThereIsNamed) {
  const auto outcome = task({"create", "-f", "/nowhere/task.json"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("/nowhere/task.json"));
}

TEST_F(TaskCommandsTest, RefusalShowsTheMessage) {
  will_answer({{"detail", "task is running"}}, 409);
  const auto outcome = task({"create", "-f", "-"}, "{}");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("task is running"));
}

TEST_F(TaskCommandsTest, CreateOfATaskThatWasThereSaysWhatBecameOfIt) {
  will_answer({{"task", "a"}, {"algorithms", {{{"type", 3}, {"name", "yolov5"}, {"change", "added"}}}}}, 201);
  EXPECT_EQ(task({"create", "-f", "-"}, "{}").out, "created\n");
  will_answer({{"task", "a"},
               {"algorithms",
                {{{"type", 3}, {"name", "yolov5"}, {"change", "rules changed"}},
                 {{"type", 4}, {"name", "yolov8"}, {"change", "unchanged"}}}}});
  EXPECT_EQ(task({"create", "-f", "-"}, "{}").out, "ok: yolov5 rules changed\n");
  will_answer({{"task", "a"},
               {"algorithms",
                {{{"type", 3}, {"name", "yolov5"}, {"change", "removed"}},
                 {{"type", 4}, {"name", "yolov8"}, {"change", "added"}}}}});
  EXPECT_EQ(task({"create", "-f", "-"}, "{}").out, "ok: yolov5 removed, yolov8 added\n");
}

TEST_F(TaskCommandsTest, UpdateShowsWhatChanged) {
  will_answer({{"task", "a b"},
               {"algorithms",
                {{{"type", 3}, {"name", "yolov5"}, {"change", "rules changed"}},
                 {{"type", 16}, {"name", "plates"}, {"change", "restarted"}}}}});
  const auto table = task({"update", "-f", "-"}, R"({"TaskID":"a b"})");
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_EQ(asked(), R"(PUT /api/v1/tasks/a%20b {"TaskID":"a b"})");
  EXPECT_THAT(table.out, ContainsRegex("3 +yolov5 +rules changed\n16 +plates +restarted\n"));
  const auto line = task({"update", "--json", "-f", "-"}, R"({"TaskID":"a b"})");
  EXPECT_EQ(json::parse(line.out)["algorithms"][1]["change"], "restarted");
}

TEST_F(TaskCommandsTest, UpdateShowsWhyItIsRefused) {
  will_answer({{"detail", "found no task \"x\""}}, 404);
  const auto refused = task({"update", "-f", "-"}, R"({"TaskID":"x"})");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("found no task \"x\""));
  will_answer(json::array());
  EXPECT_THAT(task({"update", "-f", "-"}, R"({"TaskID":"x"})").err, HasSubstr("/api/v1/tasks/x"));
  EXPECT_THAT(task({"update", "-f", "-"}, R"({"TaskID":7})").err, HasSubstr("/TaskID: expected a string"));
}

TEST_F(TaskCommandsTest, ListIsATableOrJsonLines) {
  const json stalled = {{"state", "stalled"}, {"reason", "no video for 31 s"}};
  will_answer(
      {{"tasks",
        {{{"task", "任务1"}, {"node", "api-1"}, {"src_id", "cam"}, {"algorithms", {stalled, stalled}}},
         {{"task", "b"}, {"algorithms", {{{"state", "running"}, {"reason", ""}}, {{"state", "ended"}}}}}}}});
  const auto table = task({"list"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out,
              ContainsRegex(
                  "任务1 +stalled +- +- +- +api-1 +cam +no video for 31 s\nb +running +- +- +- +- +- +-\n"));
  EXPECT_EQ(asked(), "GET /api/v1/tasks ");
  const auto lines = task({"list", "--json"});
  EXPECT_EQ(json::parse(lines.out.substr(0, lines.out.find('\n')))["task"], "任务1");
}

TEST_F(TaskCommandsTest, ShowTellsOfOneTask) {
  will_answer({{"task", "a b"}, {"src_id", "gate"}});
  const auto outcome = task({"show", "a b"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("a b: -, source gate"));
  EXPECT_EQ(asked(), "GET /api/v1/tasks/a%20b ");
}

TEST_F(TaskCommandsTest, QueryOfAStoppedTaskShowsItAndEndsWithOne) {
  json task_state = {{"task", "a?b#c"}, {"running", false}, {"algorithms", {{{"state", "failed"}}}}};
  will_answer(task_state);
  const auto outcome = task({"query", "a?b#c"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(json::parse(outcome.out), task_state);
  EXPECT_THAT(outcome.err, HasSubstr("the task does not run: failed"));
  EXPECT_EQ(asked(), "GET /api/v1/tasks/a%3Fb%23c ");
  task_state["running"] = true;
  will_answer(task_state);
  EXPECT_EQ(task({"query", "a?b#c"}).exit_code, 0);
}

TEST_F(TaskCommandsTest, DeleteNamesTheTask) {
  EXPECT_EQ(task({"delete", "../esc"}).exit_code, 0);
  EXPECT_EQ(asked(), "DELETE /api/v1/tasks/..%2Fesc ");
}

TEST_F(TaskCommandsTest, AnswerThatIsNoApiNodesIsAnError) {
  for (const json& strange : {json::array(), json::object(), json{{"tasks", {1, 2}}}}) {
    will_answer(strange);
    const auto outcome = task({"list"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("/api/v1/tasks"));
  }
}

TEST(TaskCommands, AbsentApiNodeIsNamed) {
  CommandLine streamctl;
  for (const char* url : {"http://127.0.0.1:1", "nonsense", "http://"}) {
    const auto outcome = streamctl.run({"task", "list", "--api", url});
    EXPECT_EQ(outcome.exit_code, 1) << url;
    EXPECT_THAT(outcome.err, HasSubstr(url));
  }
}

}  // namespace
}  // namespace stream::cli
