// What an operator hears of the system around the alarms: on the bus, in the log, at a URL of his own.
#include <gmock/gmock.h>
#include <signal.h>

#include <set>

#include "bad_receiver.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/process.hpp"
#include "stream/test/contents.hpp"
#include "system.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;
using reporter::test::BadReceiver;
using reporter::test::Reply;
using std::chrono::seconds;

constexpr const char* kStreet = "/no/such/folder/street.avi";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

class SystemEvents : public ::testing::Test {
 protected:
  // Without the hold that spares people, so that ends come soon.
  SystemOptions options(std::vector<std::string> settings = {}) const {
    SystemOptions options;
    for (const char* setting : {"reporter.event_hold_ms=300", "api.event_hold_ms=300",
                                "broker.event_hold_ms=300", "reporter.receiver_down_ms=300"}) {
      options.settings.emplace_back(setting);
    }
    options.settings.push_back("reporter.event_urls=" + operator_.url("/events"));
    for (auto& setting : settings) options.settings.push_back(std::move(setting));
    return options;
  }
  // What the operator's URL was sent of a kind, by id: a POST may be repeated.
  std::map<std::string, json> events(const std::string& kind) const {
    std::map<std::string, json> events;
    for (const auto& post : operator_.posts()) {
      const json event = json::parse(post.body);
      if (event.at("kind") == kind) events.emplace(event.at("id"), event);
    }
    return events;
  }
  bool eventually_told(const std::string& kind, const std::string& subject) const {
    return eventually(
        [&] {
          const auto told = events(kind);
          return std::any_of(told.begin(), told.end(), [&](const auto& entry) {
            return entry.second.at("subject").template get<std::string>().find(subject) != std::string::npos;
          });
        },
        seconds(60));
  }

  const BadReceiver operator_{[](std::size_t) { return Reply{}; }};
};

TEST_F(SystemEvents, ANodeThatIsKilledIsLostAndJoinsAgain) {
  const System system(options());
  ASSERT_TRUE(eventually_told("node_joined", "logic/"));
  ASSERT_EQ(::kill(system.pid_of("logic"), SIGKILL), 0);
  ASSERT_TRUE(eventually_told("node_lost", "logic/"));
  ASSERT_TRUE(eventually([&] { return events("node_joined").size() == 5; }, seconds(60)));
  EXPECT_EQ(events("node_lost").size(), 1U);
  std::size_t ends = 0;
  for (const auto& [id, event] : events("node_joined")) ends += event.at("cleared").get<bool>() ? 1 : 0;
  EXPECT_EQ(ends, 1U);
  EXPECT_EQ(count(system.log(), " node_lost subject=logic/"), 1U);
}

TEST_F(SystemEvents, AReceiverThatIsDownIsToldOnceAndWhenItIsBack) {
  std::atomic<bool> down = true;
  const BadReceiver receiver([&](std::size_t) { return down ? Reply::with(503) : Reply{}; });
  System system(options());
  json task = system.task("plates", 16, kStreet, 1);
  task["Reporting"]["ReportUrlList"] = {receiver.url()};
  ASSERT_EQ(system.api("/task/create", task)["Code"], 0);
  ASSERT_TRUE(eventually_told("receiver_down", receiver.url()));
  down = false;
  ASSERT_TRUE(eventually_told("receiver_up", receiver.url()));
  EXPECT_EQ(events("receiver_down").size(), 1U);
  EXPECT_EQ(events("receiver_up").size(), 1U);
  const auto log = system.log();
  EXPECT_EQ(count(log, " receiver_down "), 1U);
  EXPECT_EQ(count(log, " receiver_up "), 1U);
  EXPECT_LE(count(log, " report_failed "), 2U) << "one for each reason";
}

// ---- what has begun is not forgotten by who is restarted

std::string keys_of_events(const System& system) {
  ProcessOptions options;
  options.arguments = {std::string(STREAM_BIN_DIR) + "/streamctl", "keys", "ev/", "--data-dir",
                       system.data_dir().string()};
  options.output_file = system.folder() / "keys.txt";
  std::filesystem::remove(options.output_file);  // it would be appended to
  auto process = Process::start(options);
  EXPECT_TRUE(process && process->wait(seconds(30)));
  return test::contents(options.output_file);
}

TEST_F(SystemEvents, AReceiverThatIsBackWhenTheReporterNodeWasKilledIsToldToBeUpWithTheSameId) {
  std::atomic<bool> down = true;
  const BadReceiver receiver([&](std::size_t) { return down ? Reply::with(503) : Reply{}; });
  System system(options());
  json task = system.task("plates", 16, kStreet, 1);
  task["Reporting"]["ReportUrlList"] = {receiver.url()};
  ASSERT_EQ(system.api("/task/create", task)["Code"], 0);
  ASSERT_TRUE(eventually_told("receiver_down", receiver.url()));
  EXPECT_THAT(keys_of_events(system), ::testing::HasSubstr("ev/reporter/"));
  ASSERT_EQ(::kill(system.pid_of("reporter"), SIGKILL), 0);
  down = false;
  ASSERT_TRUE(eventually_told("receiver_up", receiver.url()));
  const auto begun = events("receiver_down");
  const auto over = events("receiver_up");
  ASSERT_EQ(begun.size(), 1U);
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over.begin()->first, begun.begin()->first + ":over");
  EXPECT_TRUE(eventually([&] { return keys_of_events(system).find("ev/reporter/") == std::string::npos; }));
}

// A drawn street as a camera, which goes and comes.
std::string camera(const std::string& options) {
  return "rtsp://operator:hunter2secret@street.invalid/1?size=320x180&" + options;
}

TEST_F(SystemEvents, ACameraThatGoesIsOfflineAndOnlineWhenItIsBack) {
  System system(options({"api.stall_ms=1500", "api.stall_restart_ms=0"}));
  ASSERT_EQ(
      system.api("/task/create", system.task("door", 16, camera("gone_after=4&back_after=5"), 1))["Code"], 0);
  ASSERT_TRUE(eventually_told("camera_offline", "door/0"));
  ASSERT_TRUE(eventually_told("camera_online", "door/0"));
  for (const auto& post : operator_.posts()) EXPECT_EQ(post.body.find("hunter2secret"), std::string::npos);
}

// It is tried again and again, which is nobody's news.
TEST_F(SystemEvents, ACameraThatStaysAwayIsInTheLogOnceUntilItsTaskIsDeleted) {
  System system(options({"api.first_video_ms=1000", "api.stall_restart_ms=200", "api.stop_grace_ms=0"}));
  ASSERT_EQ(system.api("/task/create", system.task("door", 16, camera("gone_after=0"), 1))["Code"], 0);
  ASSERT_TRUE(eventually_told("camera_offline", "door/0"));
  ASSERT_TRUE(eventually(
      [&] {
        const json stream = system.api("/task/query", {{"TaskID", "door"}})["Result"]["Algorithms"][0];
        return stream["Restarts"] >= 3;
      },
      seconds(60)));
  const auto log = system.log();
  EXPECT_EQ(count(log, " camera_offline subject=door/0"), 1U);
  EXPECT_EQ(count(log, " stream_started "), 1U) << log;
  EXPECT_LE(count(log, "task=door"), 10U) << log;
  EXPECT_TRUE(events("camera_online").empty());
  EXPECT_EQ(system.api("/task/delete", {{"TaskID", "door"}})["Code"], 0);
  ASSERT_TRUE(eventually_told("camera_online", "door/0"));
  EXPECT_THAT(events("camera_online").begin()->second.at("text").get<std::string>(),
              ::testing::HasSubstr("not run any more"));
}

TEST_F(SystemEvents, ACameraThatIsOfflineStaysSoWithTheSameIdWhenTheApiNodeWasKilled) {
  System system(options({"api.first_video_ms=1000", "api.stall_restart_ms=200", "api.stop_grace_ms=0"}));
  ASSERT_EQ(system.api("/task/create", system.task("door", 16, camera("gone_after=0"), 1))["Code"], 0);
  ASSERT_TRUE(eventually_told("camera_offline", "door/0"));
  // -1: not known just now.
  const auto restarts = [&] {
    const auto shown = system.streamctl({"task", "show", "door", "--json"});
    return shown.exit_code == 0 ? json::parse(shown.output)["algorithms"][0]["restarts"].get<int>() : -1;
  };
  const int before = restarts();
  const pid_t killed = system.pid_of("api");
  ASSERT_EQ(::kill(killed, SIGKILL), 0);
  // Whether the camera is away is seen, and could be told, once more.
  ASSERT_TRUE(eventually(
      [&] {
        const auto pid = system.pid_of("api");
        return pid != 0 && pid != killed && restarts() >= before + 2;
      },
      seconds(60)));
  EXPECT_EQ(events("camera_offline").size(), 1U);
  EXPECT_TRUE(events("camera_online").empty());
  EXPECT_EQ(system.api("/task/delete", {{"TaskID", "door"}})["Code"], 0);
  ASSERT_TRUE(eventually_told("camera_online", "door/0"));
  EXPECT_EQ(events("camera_online").begin()->first, events("camera_offline").begin()->first + ":over");
}

TEST_F(SystemEvents, ACrashLoopIsToldOnce) {
  System system(options());
  ASSERT_EQ(system.api("/task/create", system.task("door", 16, camera("exit=3"), 1))["Code"], 0);
  ASSERT_TRUE(eventually_told("crash_loop", "door/0"));
  EXPECT_EQ(events("crash_loop").begin()->second.at("severity"), "error");
  EXPECT_EQ(count(system.log(), " stream_exited "), 1U);
  EXPECT_EQ(count(system.log(), " crash_loop "), 1U);
}

TEST_F(SystemEvents, AFullDiskIsToldByWhoNeedsIt) {
  // Any disk that this test can run on.
  System system(options({"api.disk_nearly_full_percent=1", "broker.disk_nearly_full_percent=1"}));
  EXPECT_TRUE(eventually_told("disk_nearly_full", (system.data_dir() / "tasks").string()));
  EXPECT_TRUE(eventually_told("disk_nearly_full", (system.data_dir() / "broker").string()));
  EXPECT_EQ(events("disk_nearly_full").size(), 2U);
  EXPECT_EQ(count(system.log(), " disk_nearly_full "), 2U);
}

TEST_F(SystemEvents, ATapShowsThemWithThoseOfTasks) {
  System system(options());
  ProcessOptions tap;
  tap.arguments = {std::string(STREAM_BIN_DIR) + "/streamctl", "tap", "event", "--data-dir",
                   system.data_dir().string()};
  tap.output_file = system.folder() / "tap.log";
  auto process = Process::start(tap);
  ASSERT_TRUE(process) << process.error().message;
  const auto shown = [&] { return test::contents(system.folder() / "tap.log"); };
  // The tap may not listen yet: what is told again and again tells when it does.
  ASSERT_TRUE(eventually(
      [&] {
        system.api("/task/delete", {{"TaskID", "plates"}});
        system.api("/task/create", system.task("plates", 16, kStreet, 1));
        return shown().find("event  plates/0 started") != std::string::npos;
      },
      seconds(60), std::chrono::milliseconds(500)));
  ASSERT_EQ(::kill(system.pid_of("reporter"), SIGKILL), 0);
  EXPECT_TRUE(eventually(
      [&] { return shown().find("system warning node_lost reporter/") != std::string::npos; }, seconds(60)));
  process->stop(seconds(5));
}

}  // namespace
}  // namespace stream::e2e
