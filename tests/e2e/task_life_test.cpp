// What becomes of a task whose stream process, camera or api-node is in trouble: what its state says, and
// what mends itself.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <utility>

#include "stream/common/process.hpp"
#include "task_fixture.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

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

TEST_F(TaskLife, ExitOfAFileThatIsPlayedForEverIsNoEnd) {
  create(street("seconds=600&fps=25"), {{"LoopNum", 0}});
  ASSERT_TRUE(reaches("running"));
  ASSERT_EQ(kill(stream()["Pid"], SIGTERM), 0);
  ASSERT_TRUE(eventually([&] { return stream()["Restarts"] == 1; }, 10s)) << stream();
  EXPECT_EQ(stream()["ExitCode"], 0);
  EXPECT_TRUE(reaches("running"));
}

TEST_F(TaskLife, FileWhoseProcessWasToldToGoIsPlayedAgain) {
  create(street("seconds=600&fps=25"));
  ASSERT_TRUE(reaches("running"));
  ASSERT_EQ(kill(stream()["Pid"], SIGTERM), 0);
  ASSERT_TRUE(reaches("backoff", 10s));
  EXPECT_THAT(stream()["Reason"].get<std::string>(), HasSubstr("nothing said that it has played to the end"));
  EXPECT_TRUE(reaches("running"));
}

TEST_F(TaskLife, ExitBeforeAnyFrameIsNoEnd) {
  create(street("seconds=60&fps=25&exit=0&after=0"));
  ASSERT_TRUE(eventually([&] { return stream()["Restarts"] >= 1; }, 20s)) << stream();
  EXPECT_EQ(stream()["ExitCode"], 0);
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

TEST_F(TaskLife, WhatHappensIsSeenWithStreamctl) {
  create(camera("exit=3"));
  ASSERT_TRUE(reaches("backoff"));
  const auto list = system_.streamctl({"task", "list"});
  EXPECT_EQ(list.exit_code, 0) << list.output;
  EXPECT_THAT(list.output, HasSubstr("exit code 3"));
  const auto show = system_.streamctl({"task", "show", "cam1"});
  EXPECT_EQ(show.exit_code, 0) << show.output;
  EXPECT_THAT(show.output, HasSubstr("last exit   exit code 3"));
  EXPECT_THAT(show.output, HasSubstr("    | 20"));
  EXPECT_EQ(system_.streamctl({"task", "show", "none"}).exit_code, 1);
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

// 50000 lines a second are about 8 MB/s. It is looked at every 200 ms; the slack is for a machine that has
// more to do.
constexpr std::uintmax_t kMostOfALog = (1U << 20U) + (24U << 20U);

TEST_F(TaskLife, FloodedLogStaysShortAndReadable) {
  create(camera("flood=50000"));
  ASSERT_TRUE(reaches("running"));
  const auto log = folder() / "stream.log";
  // Over the whole flood, not only right after it was emptied.
  std::uintmax_t longest = 0;
  std::set<std::filesystem::file_time_type> emptied;
  EXPECT_TRUE(eventually(
      [&] {
        std::error_code failure;
        const auto size = std::filesystem::file_size(log, failure);
        if (!failure) longest = std::max(longest, size);
        const auto when = std::filesystem::last_write_time(log.string() + ".1", failure);
        if (!failure) emptied.insert(when);
        return emptied.size() == 20;
      },
      60s))
      << emptied.size();
  EXPECT_LT(longest, kMostOfALog);
  const auto shown = system_.streamctl({"task", "logs", "cam1", "--lines", "50"});
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
  EXPECT_EQ(std::count(shown.output.begin(), shown.output.end(), '\n'), 50);
  EXPECT_THAT(shown.output, HasSubstr("operator:***@street.invalid"));
  EXPECT_THAT(shown.output, Not(HasSubstr("hunter2secret")));
  EXPECT_THAT(test::contents(log.string() + ".1"), Not(HasSubstr("hunter2secret")));
}

TEST_F(TaskLife, LogThatSomebodyRemovedIsKeptShortAndShownByTheNextApiNodeToo) {
  create(camera("flood=20000"));
  ASSERT_TRUE(reaches("running"));
  const std::filesystem::path output = fmt::format("/proc/{}/fd/1", stream()["Pid"].get<pid_t>());
  std::filesystem::remove(folder() / "stream.log");
  kill_api();
  ASSERT_TRUE(reaches("running"));
  std::uintmax_t longest = 0;
  int emptied = 0;
  std::uintmax_t last = 0;
  EXPECT_TRUE(eventually(
      [&] {
        const auto size = std::filesystem::file_size(output);
        if (emptied > 0) longest = std::max(longest, size);  // before that it had no reader
        if (size < last) ++emptied;
        last = size;
        return emptied == 10;
      },
      60s))
      << emptied;
  EXPECT_LT(longest, kMostOfALog);
  const auto shown = system_.streamctl({"task", "logs", "cam1", "--lines", "50"});
  EXPECT_EQ(std::count(shown.output.begin(), shown.output.end(), '\n'), 50) << shown.output;
  EXPECT_THAT(shown.output, Not(HasSubstr("hunter2secret")));
}

// streamctl task logs -f, with both of its outputs in one file.
class Follower {
 public:
  Follower(const std::string& task, std::uint16_t api_port, std::filesystem::path output)
      : output_(std::move(output)), streamctl_(Process::start(options(task, api_port, output_)).value()) {}

  std::string seen() const { return test::contents(output_); }
  // Ctrl-C; whether it took that well.
  bool ends() {
    streamctl_.signal(SIGINT);
    const auto status = streamctl_.wait(10s);
    return status && status->clean();
  }

 private:
  static ProcessOptions options(const std::string& task, std::uint16_t api_port,
                                const std::filesystem::path& output) {
    ProcessOptions options;
    options.arguments = {STREAM_BIN_DIR "/streamctl",
                         "task",
                         "logs",
                         task,
                         "-f",
                         "--api",
                         fmt::format("http://127.0.0.1:{}", api_port)};
    options.output_file = output;
    return options;
  }

  const std::filesystem::path output_;
  Process streamctl_;
};

TEST_F(TaskLife, WhoFollowsALogMissesNothingWhileItIsEmptiedAndTheApiNodeKilled) {
  create(camera("fps=5"));
  ASSERT_TRUE(reaches("running"));
  const auto log = folder() / "stream.log";
  Follower follower("cam1", system_.api_port(), system_.folder() / "followed.txt");
  ASSERT_TRUE(eventually([&] { return !follower.seen().empty(); }, 20s));
  // A node that is back between two looks is not missed: so each one that comes, until it is.
  const auto kill_api_until = [&](const std::function<bool()>& is_enough) {
    pid_t killed = 0;
    return eventually(
        [&] {
          const pid_t now = system_.pid_of("api");
          if (now != 0 && std::exchange(killed, now) != now) kill(now, SIGKILL);
          return is_enough();
        },
        60s);
  };
  constexpr int kLines = 1000;  // at once: 200 KB, less than what is kept
  std::vector<std::string> written;
  const auto write_more = [&] {
    std::string lines;
    for (int i = 0; i < kLines; ++i) {
      written.push_back(fmt::format("number {} {}", written.size(), std::string(180, 'x')));
      lines += written.back() + '\n';
    }
    const int file = ::open(log.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    EXPECT_EQ(::write(file, lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
    ::close(file);
  };
  const auto follower_has_all = [&] { return follower.seen().find(written.back()) != std::string::npos; };
  std::set<std::filesystem::file_time_type> emptied;
  for (int round = 0; round < 40 && emptied.size() < 3; ++round) {
    if (round == 3) {
      ASSERT_TRUE(kill_api_until([&] { return follower.seen().find("trying again") != std::string::npos; }));
    }
    write_more();
    ASSERT_TRUE(eventually(follower_has_all, 60s)) << round;
    std::error_code failure;
    const auto when = std::filesystem::last_write_time(log.string() + ".1", failure);
    if (!failure) emptied.insert(when);
  }
  EXPECT_EQ(emptied.size(), 3U);
  EXPECT_TRUE(follower.ends());
  std::vector<std::string> numbered;
  std::istringstream seen(follower.seen());
  for (std::string line; std::getline(seen, line);) {
    if (line.starts_with("number ")) numbered.push_back(line);
  }
  EXPECT_TRUE(numbered == written) << numbered.size() << " of " << written.size();
  EXPECT_THAT(follower.seen(), HasSubstr("trying again"));
  EXPECT_THAT(follower.seen(), HasSubstr("it answers again"));
  EXPECT_THAT(follower.seen(), Not(HasSubstr("missing")));
}

TEST_F(TaskLife, ProcessOfWhichNothingIsHeardIsLeftAlone) {
  // Its log says nothing of its speed.
  const auto program = system_.folder() / "installation/samples/build/main";
  std::filesystem::rename(program, program.string() + ".real");
  std::ofstream(program) << "#!/bin/sh\n'" << program.string()
                         << ".real' \"$1\" 2>&1 | grep --line-buffered -v fps\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  create(camera("fps=5"));
  ASSERT_TRUE(reaches("running"));
  const pid_t pid = stream()["Pid"];
  const pid_t broker = system_.pid_of("broker");
  ASSERT_EQ(kill(broker, SIGSTOP), 0);
  const bool is_blocked = reaches("blocked");
  const json seen = stream();
  ASSERT_EQ(kill(broker, SIGCONT), 0);
  ASSERT_TRUE(is_blocked);
  EXPECT_EQ(seen["ReasonCode"], "flow_unknown");
  ASSERT_TRUE(reaches("running"));
  EXPECT_EQ(stream()["Pid"], pid);
  EXPECT_EQ(stream()["Restarts"], 0);
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

TEST_F(TaskLife, AdoptedFileIsNotPlayedAgainWhenItEnds) {
  create(street("seconds=10&fps=25"));
  ASSERT_TRUE(reaches("running"));
  const pid_t pid = stream()["Pid"];
  kill_api();
  ASSERT_TRUE(eventually([&] { return stream()["Pid"] == pid; }, 5s)) << stream();
  ASSERT_TRUE(reaches("ended", 20s));
  EXPECT_EQ(stream()["Restarts"], 0);
  EXPECT_THAT(stream()["LastExit"].get<std::string>(), HasSubstr("nobody knows how"));
  EXPECT_FALSE(eventually([this] { return stream()["State"] != "ended"; }, 2s)) << stream();
}

TEST_F(TaskLife, FileThatEndsWhileThereIsNoApiNodeIsNotPlayedAgain) {
  create(street("seconds=3&fps=25"));
  ASSERT_TRUE(reaches("running"));
  ASSERT_EQ(kill(system_.pid_of("api"), SIGSTOP), 0);
  ASSERT_TRUE(eventually(
      [this] { return test::contents(folder() / "stream.log").find("meet a eof") != std::string::npos; },
      20s));
  ASSERT_TRUE(eventually([this] { return system_.stream_processes().empty(); }, 20s));
  ASSERT_TRUE(std::filesystem::exists(folder() / "process.json")) << "nobody has seen its end";
  kill_api();
  ASSERT_TRUE(reaches("ended", 20s));
  EXPECT_EQ(stream()["ReasonCode"], "end_of_source");
  EXPECT_EQ(stream()["Restarts"], 0);
  EXPECT_TRUE(system_.stream_processes().empty());
}

TEST_F(TaskLife, CrashLoopOutlivesItsApiNode) {
  create(camera("exit=3"));
  ASSERT_TRUE(reaches("crash_loop", 60s));
  const json before = stream();
  kill_api();
  ASSERT_TRUE(eventually([this] { return query().contains("Algorithms"); }));
  EXPECT_EQ(stream(), before);
  EXPECT_EQ(query()["Status"], 0);
  EXPECT_EQ(stream()["Restarts"], 4);
  EXPECT_EQ(stream()["ExitCode"], 3);
  create(camera("exit=3"));
  EXPECT_TRUE(eventually([this] { return stream()["State"] != "crash_loop"; }, 5s)) << "who asks gets a try";
  EXPECT_EQ(stream()["Restarts"], 0);
  remove();
  EXPECT_FALSE(std::filesystem::exists(folder()));
}

TEST_F(TaskLife, AdoptedProcessHasItsLastExit) {
  create(camera("fps=10"));
  ASSERT_TRUE(reaches("running"));
  ASSERT_EQ(kill(stream()["Pid"], SIGKILL), 0);
  ASSERT_TRUE(
      eventually([this] { return stream()["Restarts"] == 1 && stream()["State"] == "running"; }, 20s));
  const pid_t pid = stream()["Pid"];
  kill_api();
  ASSERT_TRUE(eventually([&] { return stream()["Pid"] == pid; }, 10s)) << stream();
  EXPECT_EQ(stream()["LastExit"], "signal 9 (Killed)");
  EXPECT_EQ(stream()["Restarts"], 1);
}

// That it could not be started again is no reason to end it.
TEST_F(TaskLife, ProcessThatCouldNotBeStartedNowIsFoundAgain) {
  create(camera(""));
  ASSERT_TRUE(reaches("running"));
  const pid_t pid = stream()["Pid"];
  const auto model = model_of_the_task();
  std::filesystem::rename(model, model.string() + ".away");
  kill_api();
  ASSERT_TRUE(reaches("running"));
  EXPECT_EQ(stream()["Pid"], pid);
  EXPECT_THAT(system_.log(), HasSubstr("goes on though it could not be started now"));
  // What it was started with is known all the same.
  std::filesystem::rename(model.string() + ".away", model);
  create(camera("fps=20"));
  ASSERT_TRUE(eventually([&] { return stream()["Pid"] != pid && stream()["State"] == "running"; }, 30s));
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

class StubbornTaskLife : public TaskLife {
 protected:
  StubbornTaskLife() : TaskLife({"api.kill_after_ms=600000"}) {}
};

TEST_F(StubbornTaskLife, WhoAsksTwiceToStopWaitsForNobodyAndNothingIsLeft) {
  create(camera("ignore_term=1"));
  ASSERT_TRUE(reaches("running"));
  ASSERT_TRUE(eventually(
      [&] {
        system_.server().signal(SIGTERM);
        return system_.server().poll().has_value();
      },
      20s));
  EXPECT_TRUE(system_.server().poll()->clean()) << system_.server().poll()->text();
  EXPECT_TRUE(system_.stream_processes().empty());
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
