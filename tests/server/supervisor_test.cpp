#include "supervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "shell_node.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::server {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kReadyAndStay = "echo READY >&3; exec sleep 600";

// The nodes are shell scripts. A condition takes the place of the stop signal: the supervisor looks at it at
// every tick, on its own thread.
class SupervisorTest : public ::testing::Test {
 protected:
  NodePlan script(const std::string& name, int stage, const std::string& body) {
    NodePlan node;
    node.name = node.role = name;
    node.stage = stage;
    node.arguments = {test::write_script(dir_.path() / name, "cd " + dir_.path().string() + "\n" + body)};
    return node;
  }

  Supervisor& make(std::vector<NodePlan> plan, SupervisorOptions options = {}) {
    supervisor_.emplace(std::move(plan), std::move(options), [this](std::chrono::milliseconds timeout) {
      return eventually([&] { return stop_when_ && stop_when_(); }, timeout);
    });
    return *supervisor_;
  }

  // Until `done` holds, at most 20 s; true when it does.
  bool run_until(const std::function<bool()>& done) {
    const auto end = Child::Clock::now() + 20s;
    stop_when_ = [&] { return done() || Child::Clock::now() > end; };
    supervisor_->run();
    stop_when_ = nullptr;
    return done();
  }

  const Child& child(std::size_t index) const { return supervisor_->children()[index]; }

  test::TemporaryFolder dir_;
  std::function<bool()> stop_when_;
  std::optional<Supervisor> supervisor_;
};

TEST_F(SupervisorTest, StageStartsWhenTheOneBeforeIsReady) {
  auto& supervisor = make({script("broker", 0, "touch there; echo READY >&3; exec sleep 600"),
                           script("logic", 1, "[ -e there ] || exit 9; echo READY >&3; exec sleep 600")});
  const auto started = supervisor.start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(*started, Supervisor::Started::kReady);
  EXPECT_EQ(child(0).state(), Child::State::kReady);
  EXPECT_EQ(child(1).state(), Child::State::kReady);
}

TEST_F(SupervisorTest, AddressesComeFromTheReadyLine) {
  auto& supervisor =
      make({script("api", 0, "echo READY listen=0.0.0.0:81 admin=127.0.0.1:82 >&3; exec sleep 600")});
  ASSERT_TRUE(supervisor.start());
  EXPECT_EQ(child(0).listen_address(), "0.0.0.0:81");
  EXPECT_EQ(child(0).admin_address(), "127.0.0.1:82");
}

TEST_F(SupervisorTest, NodeThatEndsBeforeReadyFailsTheStartWithItsReason) {
  auto& supervisor = make({script("broker", 0, kReadyAndStay),
                           script("api", 1, "echo FAILED port 8001 is taken >&3; exit 1"),
                           script("logic", 1, kReadyAndStay)});
  const auto started = supervisor.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, "api could not start: port 8001 is taken");
}

TEST_F(SupervisorTest, NodeThatGivesNoReasonIsReportedWithItsExitCode) {
  auto& supervisor = make({script("broker", 0, "exit 7")});
  const auto started = supervisor.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("broker could not start: exit code 7"));
}

TEST_F(SupervisorTest, MissingExecutableIsNamed) {
  NodePlan node = script("logic", 0, "");
  node.arguments = {dir_.path() / "nowhere"};
  const auto started = make({node}).start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("nowhere"));
}

TEST_F(SupervisorTest, NodeThatIsNeverReadyFailsTheStart) {
  SupervisorOptions options;
  options.start_timeout = 200ms;
  const auto started = make({script("broker", 0, "exec sleep 600")}, options).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, "broker was not ready within 200 ms");
}

TEST_F(SupervisorTest, StopWhileStartingEndsTheStart) {
  auto& supervisor = make({script("broker", 0, "exec sleep 600")});
  stop_when_ = [] { return true; };
  const auto started = supervisor.start();
  ASSERT_TRUE(started);
  EXPECT_EQ(*started, Supervisor::Started::kStopRequested);
}

TEST_F(SupervisorTest, NodeThatEndsIsStartedAgainAndCounted) {
  auto& supervisor = make({script("logic", 0,
                                  "echo READY >&3; [ -e twice ] && exec sleep 600\n"
                                  "[ -e once ] && touch twice; touch once; exit 1")});
  ASSERT_TRUE(supervisor.start());
  EXPECT_TRUE(
      run_until([&] { return child(0).restarts() == 2 && child(0).state() == Child::State::kReady; }));
  EXPECT_EQ(child(0).how_it_ended(), "exit code 1");
}

TEST_F(SupervisorTest, KilledNodeIsStartedAgainAndTheOthersStay) {
  auto& supervisor = make({script("broker", 0, kReadyAndStay), script("logic", 1, kReadyAndStay)});
  ASSERT_TRUE(supervisor.start());
  const pid_t broker = child(0).pid();
  const pid_t logic = child(1).pid();
  ASSERT_EQ(::kill(logic, SIGKILL), 0);
  EXPECT_TRUE(
      run_until([&] { return child(1).restarts() == 1 && child(1).state() == Child::State::kReady; }));
  EXPECT_NE(child(1).pid(), logic);
  EXPECT_EQ(child(0).pid(), broker);
}

TEST_F(SupervisorTest, NodeThatIsNeverReadyAgainIsKilledAndStartedAnotherTime) {
  SupervisorOptions options;
  options.start_timeout = 2s;
  auto& supervisor = make({script("logic", 0,
                                  "[ -e thrice ] || [ ! -e once ] || { touch thrice; exec sleep 600; }\n"
                                  "echo READY >&3; [ -e once ] && exec sleep 600; touch once; exit 1")},
                          options);
  ASSERT_TRUE(supervisor.start());
  EXPECT_TRUE(
      run_until([&] { return child(0).restarts() == 2 && child(0).state() == Child::State::kReady; }));
  EXPECT_THAT(child(0).how_it_ended(), HasSubstr("signal 9"));
}

TEST_F(SupervisorTest, NodesAreRenewedOneAfterTheOtherTheLastFirst) {
  const auto body = [](const std::string& name) { return "echo " + name + " >>started; " + kReadyAndStay; };
  SupervisorOptions options;
  bool asked = true;
  options.renew_requested = [&] { return std::exchange(asked, false); };
  std::size_t most_away = 0;
  options.on_change = [&](const std::deque<Child>& children) {
    const auto away = std::count_if(children.begin(), children.end(),
                                    [](const Child& one) { return one.state() != Child::State::kReady; });
    most_away = std::max(most_away, static_cast<std::size_t>(away));
  };
  auto& supervisor = make(
      {script("broker", 0, body("broker")), script("api", 1, body("api")), script("logic", 2, body("logic"))},
      options);
  ASSERT_TRUE(supervisor.start());
  most_away = 0;
  EXPECT_TRUE(
      run_until([&] { return child(0).restarts() == 1 && child(0).state() == Child::State::kReady; }));
  EXPECT_EQ(test::read_file(dir_.path() / "started"), "broker\napi\nlogic\nlogic\napi\nbroker\n");
  EXPECT_EQ(most_away, 1U);
  EXPECT_EQ(child(2).restarts(), 1U);
}

TEST_F(SupervisorTest, NodeThatDoesNotComeBackEndsTheRenewal) {
  SupervisorOptions options;
  bool asked = true;
  options.renew_requested = [&] { return std::exchange(asked, false); };
  auto& supervisor =
      make({script("broker", 0, kReadyAndStay),
            script("logic", 1, "[ -e once ] && exit 1; touch once; echo READY >&3; exec sleep 600")},
           options);
  ASSERT_TRUE(supervisor.start());
  EXPECT_TRUE(run_until([&] { return child(1).restarts() >= 3; }));
  EXPECT_EQ(child(0).restarts(), 0U);
  EXPECT_EQ(child(0).state(), Child::State::kReady);
}

TEST_F(SupervisorTest, NodeThatIgnoresItsRenewalIsKilled) {
  SupervisorOptions options;
  options.stop_grace = 100ms;
  bool asked = true;
  options.renew_requested = [&] { return std::exchange(asked, false); };
  auto& supervisor =
      make({script("logic", 0, "trap '' TERM; echo READY >&3; while :; do sleep 1; done")}, options);
  ASSERT_TRUE(supervisor.start());
  EXPECT_TRUE(
      run_until([&] { return child(0).restarts() == 1 && child(0).state() == Child::State::kReady; }));
  EXPECT_THAT(child(0).how_it_ended(), HasSubstr("signal 9"));
}

TEST_F(SupervisorTest, PickedPortStaysTheNodes) {
  NodePlan node = script("ingest", 0,
                         "echo \"$*\" >>arguments; echo READY listen=127.0.0.1:4321 >&3\n"
                         "[ -e once ] && exec sleep 600; touch once; exit 1");
  node.picks_port = true;
  node.arguments.insert(node.arguments.end(), {"--set", "listen=127.0.0.1:0"});
  ASSERT_TRUE(make({node}).start());
  ASSERT_TRUE(
      run_until([&] { return child(0).restarts() == 1 && child(0).state() == Child::State::kReady; }));
  EXPECT_EQ(test::read_file(dir_.path() / "arguments"),
            "--set listen=127.0.0.1:0\n--set listen=127.0.0.1:0 --set listen=127.0.0.1:4321\n");
}

TEST_F(SupervisorTest, ChangesAreToldWithEachReadyAndEnd) {
  SupervisorOptions options;
  std::vector<Child::State> seen;
  options.on_change = [&](const std::deque<Child>& children) { seen.push_back(children[0].state()); };
  auto& supervisor = make({script("logic", 0, kReadyAndStay)}, options);
  ASSERT_TRUE(supervisor.start());
  ::kill(child(0).pid(), SIGKILL);
  ASSERT_TRUE(
      run_until([&] { return child(0).restarts() == 1 && child(0).state() == Child::State::kReady; }));
  using S = Child::State;
  EXPECT_THAT(seen, ::testing::ElementsAre(S::kReady, S::kDown, S::kStarting, S::kReady));
}

TEST_F(SupervisorTest, StopTakesTheLastStageDownFirst) {
  const auto body = [](const std::string& name) {
    return "trap 'echo " + name + " >>ended; exit 0' TERM; echo READY >&3; while :; do sleep 0.01; done";
  };
  auto& supervisor = make({script("broker", 0, body("broker")), script("logic", 1, body("logic"))});
  ASSERT_TRUE(supervisor.start());
  EXPECT_TRUE(supervisor.stop());
  EXPECT_EQ(test::read_file(dir_.path() / "ended"), "logic\nbroker\n");
  EXPECT_EQ(child(0).state(), Child::State::kDown);
  EXPECT_EQ(child(1).state(), Child::State::kDown);
}

TEST_F(SupervisorTest, NodeThatIgnoresTermIsKilledAfterTheGraceTime) {
  SupervisorOptions options;
  options.stop_grace = 100ms;
  auto& supervisor =
      make({script("logic", 0, "trap '' TERM; echo READY >&3; while :; do sleep 1; done")}, options);
  ASSERT_TRUE(supervisor.start());
  const pid_t pid = child(0).pid();
  EXPECT_TRUE(supervisor.stop());
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_THAT(child(0).how_it_ended(), HasSubstr("signal 9"));
}

TEST_F(SupervisorTest, SecondStopSignalKillsAtOnce) {
  SupervisorOptions options;
  options.stop_grace = 1h;
  auto& supervisor =
      make({script("logic", 0, "trap '' TERM; echo READY >&3; while :; do sleep 1; done")}, options);
  ASSERT_TRUE(supervisor.start());
  stop_when_ = [] { return true; };
  EXPECT_TRUE(supervisor.stop());
  EXPECT_THAT(child(0).how_it_ended(), HasSubstr("signal 9"));
}

TEST_F(SupervisorTest, NodeThatEndsOthersGetsTheTimeForIt) {
  SupervisorOptions options;
  options.stop_grace = 1ms;
  NodePlan api = script("api", 0,
                        "trap 'sleep 0.3; echo all >ended; exit 0' TERM; echo READY >&3; "
                        "while :; do sleep 0.01; done");
  api.ends_others = 1h;
  auto& supervisor = make({api}, options);
  ASSERT_TRUE(supervisor.start());
  EXPECT_TRUE(supervisor.stop());
  EXPECT_EQ(test::read_file(dir_.path() / "ended"), "all\n");
}

TEST_F(SupervisorTest, SecondStopSignalTellsANodeThatEndsOthersToHurryUp) {
  NodePlan api = script("api", 0,
                        "trap 'trap \"echo hurried >ended; exit 0\" TERM' TERM; echo READY >&3; "
                        "while :; do sleep 0.01; done");
  api.ends_others = 1h;
  auto& supervisor = make({api});
  ASSERT_TRUE(supervisor.start());
  stop_when_ = [] { return true; };
  EXPECT_TRUE(supervisor.stop());
  EXPECT_EQ(test::read_file(dir_.path() / "ended"), "hurried\n");
}

TEST_F(SupervisorTest, StopSaysWhoseProcessesMayBeLeft) {
  NodePlan api = script("api", 0, "trap '' TERM; echo READY >&3; while :; do sleep 1; done");
  api.ends_others = 1ms;
  auto& supervisor = make({api, script("logic", 0, kReadyAndStay)});
  ASSERT_TRUE(supervisor.start());
  stop_when_ = [] { return true; };
  const auto stopped = supervisor.stop();
  ASSERT_FALSE(stopped);
  EXPECT_THAT(stopped.error().message, HasSubstr("api had to be killed"));
}

}  // namespace
}  // namespace stream::server
