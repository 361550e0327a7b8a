// What becomes of a task whose stream process, camera or api-node is in trouble: what its state says, and
// what mends itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "stream/common/eventually.hpp"
#include "stream/test/contents.hpp"
#include "system.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

// A drawn street as a file, and as a camera.
std::string street(const std::string& options) {
  return "/no/such/street.avi?size=320x180&" + options;
}
std::string camera(const std::string& options) {
  return "rtsp://operator:hunter2secret@street.invalid/1?size=320x180&" + options;
}

class TaskLife : public ::testing::Test {
 protected:
  // `more` settings, which win over those for quick tests.
  explicit TaskLife(const std::vector<std::string>& more = {}) : system_(quick(more)) {}

  static SystemOptions quick(const std::vector<std::string>& more) {
    SystemOptions options;
    options.settings = {"api.first_video_ms=4000", "api.stall_ms=2000",   "api.stall_restart_ms=1000",
                        "api.kill_after_ms=1000",  "api.stop_grace_ms=0", "api.stream_log_mib=1"};
    options.settings.insert(options.settings.end(), more.begin(), more.end());
    return options;
  }

  void create(const std::string& address, const json& extend = json::object()) {
    json task = system_.task("cam1", 16, address, 1);
    task["Algorithm"][0]["Extend"] = extend;
    const json answer = system_.api("/task/create", task);
    ASSERT_EQ(answer["Code"], 0) << answer;
  }
  void remove() { EXPECT_EQ(system_.api("/task/delete", {{"TaskID", "cam1"}})["Code"], 0); }
  json query() { return system_.api("/task/query", {{"TaskID", "cam1"}})["Result"]; }
  json stream() { return query()["Algorithms"][0]; }
  // Of the only algorithm.
  bool reaches(const std::string& state, std::chrono::milliseconds limit = 30s) {
    const bool is_there = eventually([&] { return stream()["State"] == state; }, limit);
    EXPECT_TRUE(is_there) << "expected " << state << ", found " << stream();
    return is_there;
  }
  std::filesystem::path folder() const { return system_.data_dir() / "tasks" / "cam1" / "0"; }

  // The first that its configuration names.
  std::filesystem::path model_of_the_task() const {
    const std::string end = ".bmodel";
    for (const auto& file : std::filesystem::directory_iterator(folder() / "config")) {
      const std::string text = test::contents(file.path());
      const auto at = text.find(end + '"');
      if (at == std::string::npos) continue;
      const auto begin = text.rfind('"', at) + 1;
      return system_.folder() / "installation/samples/build" / text.substr(begin, at + end.size() - begin);
    }
    return {};
  }
  // kill -9, and waits until the next one is ready.
  void kill_api() {
    const pid_t before = system_.pid_of("api");
    ASSERT_EQ(kill(before, SIGKILL), 0);
    ASSERT_TRUE(eventually(
        [&] {
          const pid_t now = system_.pid_of("api");
          return now != before && now != 0 &&
                 test::http_request(system_.api_port(), "GET", "/readyz").status == 200;
        },
        30s));
  }

  System system_;
};

class PatientTaskLife : public TaskLife {
 protected:
  PatientTaskLife() : TaskLife({"api.stall_restart_ms=0"}) {}
};

// ---- videos and cameras

TEST_F(TaskLife, FileThatWasPlayedHasEnded) {
  create(street("seconds=2&fps=25"));
  ASSERT_TRUE(reaches("ended"));
  const json task = query();
  EXPECT_EQ(task["Status"], 0);
  EXPECT_EQ(task["Algorithms"][0]["ReasonCode"], "end_of_source");
  EXPECT_EQ(task["Algorithms"][0]["ExitCode"], 0);
  EXPECT_EQ(task["Algorithms"][0]["Pid"], 0);
  EXPECT_GT(task["Algorithms"][0]["LastFrameAt"], 0);
}

TEST_F(TaskLife, FileIsPlayedAgainWhenTheTaskSaysSo) {
  create(street("seconds=1&fps=25"), {{"Restart", "always"}});
  EXPECT_TRUE(eventually([&] { return stream()["Restarts"] >= 2; }, 30s)) << stream();
  EXPECT_EQ(query()["Status"], 1);
}

TEST_F(TaskLife, CameraThatWasNeverThereHasStalledAndIsTriedAnew) {
  create(camera("gone_after=0"));
  ASSERT_TRUE(reaches("stalled"));
  EXPECT_EQ(stream()["ReasonCode"], "no_video");
  EXPECT_EQ(query()["Status"], 1);
  ASSERT_TRUE(reaches("backoff"));
  EXPECT_THAT(stream()["Reason"].get<std::string>(), HasSubstr("want of video"));
  EXPECT_TRUE(eventually([&] { return stream()["Restarts"] == 1; }, 30s)) << stream();
}

TEST_F(PatientTaskLife, CameraThatComesBackRunsAgain) {
  create(camera("gone_after=5&back_after=8"));
  ASSERT_TRUE(reaches("running"));
  const json before = stream();
  ASSERT_TRUE(reaches("stalled"));
  ASSERT_TRUE(reaches("running"));
  EXPECT_EQ(stream()["Pid"], before["Pid"]);
}

TEST_F(TaskLife, SpeedsAreShown) {
  create(camera("fps=10"));
  ASSERT_TRUE(eventually([&] { return stream()["FpsPosted"] > 5 && stream()["FpsIn"] > 5; }, 30s))
      << stream();
  EXPECT_LT(stream()["FpsPosted"], 15);
}

// ---- processes

TEST_F(TaskLife, ProcessThatHangsIsRestarted) {
  create(camera("hang=1&after=30"));
  ASSERT_TRUE(reaches("running"));
  ASSERT_TRUE(reaches("stalled"));
  EXPECT_TRUE(eventually([&] { return stream()["Restarts"] >= 1 && stream()["State"] == "running"; }, 30s))
      << stream();
}

TEST_F(TaskLife, KilledProcessIsStartedAgain) {
  create(camera(""));
  ASSERT_TRUE(reaches("running"));
  const pid_t before = stream()["Pid"];
  ASSERT_EQ(kill(before, SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return stream()["Restarts"] == 1; }, 10s));
  ASSERT_TRUE(reaches("running"));
  EXPECT_NE(stream()["Pid"], before);
  EXPECT_EQ(stream()["ExitSignal"], SIGKILL);
  EXPECT_EQ(stream()["LastExit"], "signal 9 (Killed)");
}

TEST_F(TaskLife, ProcessThatEndsAgainAndAgainIsInACrashLoop) {
  create(camera("exit=3"));
  ASSERT_TRUE(reaches("backoff"));
  EXPECT_EQ(query()["Status"], 1);
  ASSERT_TRUE(reaches("crash_loop", 60s));
  EXPECT_EQ(query()["Status"], 0);
  EXPECT_EQ(stream()["Restarts"], 4);
  EXPECT_EQ(stream()["ExitCode"], 3);
  EXPECT_THAT(stream()["Reason"].get<std::string>(), HasSubstr("exit code 3; next start in "));
}

TEST_F(TaskLife, MissingModelIsNamed) {
  create(camera(""));
  ASSERT_TRUE(reaches("running"));
  const auto model = model_of_the_task();
  ASSERT_TRUE(std::filesystem::exists(model)) << model;
  std::filesystem::rename(model, model.string() + ".away");
  ASSERT_EQ(kill(stream()["Pid"], SIGKILL), 0);
  ASSERT_TRUE(reaches("failed"));
  EXPECT_EQ(stream()["ReasonCode"], "file_missing");
  EXPECT_THAT(stream()["Reason"].get<std::string>(), HasSubstr(model.filename().string()));
  EXPECT_EQ(query()["Status"], 0);
  std::filesystem::rename(model.string() + ".away", model);
  create(camera(""));
  EXPECT_TRUE(reaches("running"));
}

TEST_F(TaskLife, ProcessThatIgnoresTermIsKilled) {
  create(camera("ignore_term=1"));
  ASSERT_TRUE(reaches("running"));
  const auto before = std::chrono::steady_clock::now();
  remove();
  EXPECT_TRUE(eventually([&] { return system_.stream_processes().empty(); }, 20s));
  EXPECT_GE(std::chrono::steady_clock::now() - before, 900ms) << "it was not asked first";
}

TEST_F(TaskLife, WhatAProcessLeavesBehindEndsWithIt) {
  create(camera("children=2&strays=2"));
  ASSERT_TRUE(eventually([&] { return system_.stream_processes().size() == 5; }, 30s))
      << system_.stream_processes().size();
  ASSERT_TRUE(reaches("running"));
  ASSERT_EQ(kill(stream()["Pid"], SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return stream()["Restarts"] == 1; }, 10s));
  EXPECT_TRUE(eventually([&] { return system_.stream_processes().size() == 5; }, 10s))
      << "those of the first process are gone";
  remove();
  EXPECT_TRUE(eventually([&] { return system_.stream_processes().empty(); }, 20s));
}

TEST_F(TaskLife, FloodedLogStaysShortAndReadable) {
  create(camera("flood=50000"));
  const auto log = folder() / "stream.log";
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(log.string() + ".1"); }, 30s));
  EXPECT_TRUE(eventually([&] { return std::filesystem::file_size(log) < (1U << 20U); }, 10s));
  ASSERT_TRUE(reaches("running"));
  const auto shown = system_.streamctl({"task", "logs", "cam1", "--lines", "50"});
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
  EXPECT_EQ(std::count(shown.output.begin(), shown.output.end(), '\n'), 50);
  EXPECT_THAT(shown.output, HasSubstr("operator:***@street.invalid"));
  EXPECT_THAT(shown.output, Not(HasSubstr("hunter2secret")));
  EXPECT_THAT(test::contents(log.string() + ".1"), Not(HasSubstr("hunter2secret")));
}

// ---- the api-node

TEST_F(TaskLife, KilledApiNodeFindsItsProcessesAgain) {
  create(camera("strays=1"));
  ASSERT_TRUE(reaches("running"));
  const auto before = system_.stream_processes();
  const pid_t pid = stream()["Pid"];
  kill_api();
  ASSERT_TRUE(reaches("running"));
  EXPECT_EQ(stream()["Pid"], pid);
  EXPECT_EQ(stream()["Restarts"], 0);
  EXPECT_EQ(system_.stream_processes(), before);

  ASSERT_EQ(kill(pid, SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return stream()["Restarts"] == 1; }, 10s)) << "its end is seen";
  EXPECT_THAT(stream()["LastExit"].get<std::string>(), HasSubstr("nobody knows how"));
  remove();
  EXPECT_TRUE(eventually([&] { return system_.stream_processes().empty(); }, 20s));
}

TEST_F(TaskLife, ProcessesThatNoTaskWantsAnyMoreAreEnded) {
  create(camera("strays=1"));
  ASSERT_TRUE(reaches("running"));
  const auto before = system_.stream_processes();
  std::filesystem::remove(folder() / "process.json");  // nobody knows whose they are
  kill_api();
  ASSERT_TRUE(reaches("running"));
  const auto after = system_.stream_processes();
  EXPECT_EQ(after.size(), 2U);
  for (const pid_t pid : before) EXPECT_FALSE(is_alive(pid));
}

TEST_F(TaskLife, TasksComeBackAfterAPowerCut) {
  create(camera(""));
  ASSERT_TRUE(reaches("running"));
  const auto streams = system_.stream_processes();
  system_.server().signal(SIGKILL);  // the kernel kills the nodes
  for (const pid_t pid : streams) kill(pid, SIGKILL);
  system_.start_again();
  ASSERT_TRUE(reaches("running"));
  EXPECT_EQ(system_.stream_processes().size(), 1U);
  EXPECT_EQ(query()["Status"], 1);
}

}  // namespace
}  // namespace stream::e2e
