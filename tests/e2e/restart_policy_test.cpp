// Algorithm[].Extend.Restart and LoopNum, as docs/task-states.md tells them: each way in which a stream
// process ends, under each policy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>

#include "stream/bus/zmq_bus.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "task_fixture.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;
using ::testing::Values;
using namespace std::chrono_literals;

enum class End { kPlayed, kKilled, kExited };

// What must have become of the task.
struct Final {
  std::string state, reason;
};

struct Case {
  const char* name;
  const char* policy;  // empty: none is said
  End end;
  std::optional<Final> final;  // empty: its process is started again

  friend void PrintTo(const Case& param, std::ostream* out) { *out << param.name; }
};

const Final kEnded{"ended", "end_of_source"}, kSignalled{"failed", "signalled"}, kExited{"failed", "exited"};

std::string source_of(End end) {
  switch (end) {
    case End::kPlayed:
      return street("seconds=1&fps=25");
    case End::kKilled:
      return street("fps=10");
    case End::kExited:
      return street("exit=3&after=10");
  }
  return {};
}

std::string name_of(const ::testing::TestParamInfo<Case>& tested) {
  return tested.param.name;
}

class RestartPolicy : public TaskLife, public ::testing::WithParamInterface<Case> {
 protected:
  void create_task() {
    json extend = json::object();
    if (*GetParam().policy != '\0') extend["Restart"] = GetParam().policy;
    create(source_of(GetParam().end), extend);
  }
  // As the record has it: what an api-node that is started anew goes by.
  bool should_run() const {
    const std::string run = "ipc://" + (system_.data_dir() / "run").string();
    bus::ZmqBusOptions options;
    options.publish_endpoint = run + "/publish.sock";
    options.subscribe_endpoint = run + "/subscribe.sock";
    options.control_endpoint = run + "/control.sock";
    const auto bus = bus::make_zmq_bus(options).value();
    return decode<TaskRecord>(bus->get(topics::task_key("cam1")).value()->value)->should_run;
  }
  void bring_about_the_end() {
    if (GetParam().end != End::kKilled) return;  // it ends by itself
    ASSERT_TRUE(reaches("running"));
    kill_stream();
  }
  void expect_last_exit() {
    const json told = stream();
    if (GetParam().end == End::kKilled) {
      EXPECT_EQ(told["ExitSignal"], SIGKILL) << told;
      EXPECT_FALSE(told.contains("ExitCode")) << told;
    } else {
      EXPECT_EQ(told["ExitCode"], GetParam().end == End::kPlayed ? 0 : 3) << told;
      EXPECT_FALSE(told.contains("ExitSignal")) << told;
    }
  }
  void expect_final() {
    ASSERT_TRUE(reaches(GetParam().final->state));
    const json task = query(), told = task["Algorithms"][0];
    EXPECT_EQ(task["Status"], 0) << task;
    EXPECT_EQ(told["ReasonCode"], GetParam().final->reason) << told;
    EXPECT_EQ(told["Restarts"], 0) << told;
    EXPECT_EQ(told["Pid"], 0) << told;
    expect_last_exit();
    EXPECT_TRUE(system_.stream_processes().empty());
  }
};

class RestartPolicyAgain : public RestartPolicy {};
class RestartPolicyFinal : public RestartPolicy {};

TEST_P(RestartPolicyAgain, ProcessIsStartedAgain) {
  create_task();
  bring_about_the_end();
  ASSERT_TRUE(eventually([&] { return stream()["Restarts"] >= 1; }, 30s)) << stream();
  expect_last_exit();
  EXPECT_EQ(query()["Status"], 1) << "also while it waits for its next start";
  EXPECT_GE(system_.metric("api", "stream_api_processes_started_total"), 2);
  if (GetParam().end != End::kKilled) return;  // the next one, too, ends soon
  EXPECT_TRUE(reaches("running"));
  EXPECT_EQ(stream()["Restarts"], 1);
  EXPECT_EQ(system_.stream_processes().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Policies, RestartPolicyAgain,
                         Values(Case{"DefaultKilled", "", End::kKilled, {}},
                                Case{"OnFailureKilled", "on-failure", End::kKilled, {}},
                                Case{"OnFailureExited", "on-failure", End::kExited, {}},
                                Case{"AlwaysPlayed", "always", End::kPlayed, {}},
                                Case{"AlwaysKilled", "always", End::kKilled, {}},
                                Case{"AlwaysExited", "always", End::kExited, {}},
                                Case{"OnEndPlayed", "on-end", End::kPlayed, {}}),
                         name_of);

// For good: neither time nor an api-node that is started anew changes it, only a create does.
TEST_P(RestartPolicyFinal, ProcessIsStartedAgainByACreateOnly) {
  create_task();
  bring_about_the_end();
  expect_final();

  ASSERT_TRUE(eventually([&] { return !should_run(); }, 10s));
  kill_api();
  expect_final();
  EXPECT_EQ(system_.metric("api", "stream_api_processes_started_total"), 0);

  create_task();
  EXPECT_TRUE(
      eventually([&] { return system_.metric("api", "stream_api_processes_started_total") == 1; }, 30s));
}

INSTANTIATE_TEST_SUITE_P(Policies, RestartPolicyFinal,
                         Values(Case{"DefaultPlayed", "", End::kPlayed, kEnded},
                                Case{"OnFailurePlayed", "on-failure", End::kPlayed, kEnded},
                                Case{"OnEndKilled", "on-end", End::kKilled, kSignalled},
                                Case{"OnEndExited", "on-end", End::kExited, kExited},
                                Case{"NeverPlayed", "never", End::kPlayed, kEnded},
                                Case{"NeverKilled", "never", End::kKilled, kSignalled},
                                Case{"NeverExited", "never", End::kExited, kExited}),
                         name_of);

// ---- LoopNum

TEST_F(TaskLife, FileIsPlayedAsOftenAsLoopNumSaysByOneProcess) {
  create(street("seconds=1&fps=25"), {{"LoopNum", 3}});
  ASSERT_TRUE(reaches("ended"));
  EXPECT_EQ(query()["Status"], 0);
  EXPECT_EQ(stream()["ReasonCode"], "end_of_source");
  EXPECT_EQ(stream()["Restarts"], 0);
  EXPECT_EQ(system_.metric("ingest", "stream_ingest_task_frames_total"), 3 * 25);
  EXPECT_EQ(system_.metric("api", "stream_api_processes_started_total"), 1);
}

TEST_F(TaskLife, FileIsPlayedForEverWhenLoopNumIs0) {
  create(street("seconds=1&fps=25"), {{"LoopNum", 0}, {"Restart", "never"}});
  ASSERT_TRUE(reaches("running"));
  const json before = stream();
  EXPECT_TRUE(
      eventually([&] { return system_.metric("ingest", "stream_ingest_task_frames_total") > 3 * 25; }, 30s));
  EXPECT_EQ(stream()["State"], "running");
  EXPECT_EQ(stream()["Pid"], before["Pid"]);
  EXPECT_EQ(query()["Status"], 1);
}

// A restart plays from the start, as often again.
TEST_F(TaskLife, KilledProcessPlaysAllItsLoopsAgain) {
  constexpr int kFramesOfAProcess = 2 * 100;
  create(street("seconds=4&fps=25"), {{"LoopNum", 2}});
  ASSERT_TRUE(reaches("running"));
  kill_stream();
  ASSERT_TRUE(reaches("ended"));
  EXPECT_EQ(stream()["Restarts"], 1);
  const double frames = system_.metric("ingest", "stream_ingest_task_frames_total");
  EXPECT_GT(frames, kFramesOfAProcess);
  EXPECT_LT(frames, 2 * kFramesOfAProcess);
}

}  // namespace
}  // namespace stream::e2e
