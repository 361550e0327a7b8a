// What the address asks for happens, and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "installation_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/contents.hpp"

namespace stream::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MisbehaviourTest : public InstallationTest {
 protected:
  // A process that plays the street with `options`.
  Process play(const std::string& options, const json& demo = json::object()) const {
    return play_url("/no/street?size=320x180&" + options, json::object(), demo);
  }
  Process play_url(const std::string& url, const json& channel, const json& demo = json::object()) const {
    if (!std::filesystem::exists(config("yolov5") / "to_test.json")) connect_graph("yolov5");
    write_demo("yolov5", url, channel, demo);
    return start("yolov5");
  }

  bool logged(const std::string& text, int times = 1) const {
    return eventually([&] { return occurrences(text) >= times; });
  }
  int occurrences(const std::string& text) const {
    const std::string all = log();
    int count = 0;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
    return count;
  }
  // Of the lines about children, in order.
  std::vector<pid_t> children() const {
    std::vector<pid_t> pids;
    const std::string all = log(), mark = "child_started pid=";
    for (auto at = all.find(mark); at != std::string::npos; at = all.find(mark, at + 1)) {
      pids.push_back(std::stoi(all.substr(at + mark.size())));
    }
    return pids;
  }
  // Not gone, and not only waiting to be reaped.
  static bool lives(pid_t pid) {
    const auto stat = test::contents("/proc/" + std::to_string(pid) + "/stat");
    return !stat.empty() && stat.find(") Z ") == std::string::npos;
  }
  static int used_mib(pid_t pid) {
    const auto status = test::contents("/proc/" + std::to_string(pid) + "/status");
    const auto at = status.find("VmRSS:");
    return at == std::string::npos ? 0 : std::stoi(status.substr(at + 6)) / 1024;
  }

  static constexpr std::chrono::seconds kLimit{20};
};

TEST_F(MisbehaviourTest, ExitsWithTheCodeAfterItsFrames) {
  auto process = play("lossless=1&after=5&exit=3");
  const auto status = process.wait(kLimit);
  ASSERT_TRUE(status) << log();
  EXPECT_FALSE(status->signalled);
  EXPECT_EQ(status->value, 3);
  EXPECT_LE(server_.count(), 5U);
}

TEST_F(MisbehaviourTest, DiesOfTheSignal) {
  for (const auto& [name, number] : {std::pair{"SEGV", SIGSEGV}, {"KILL", SIGKILL}, {"TERM", SIGTERM}}) {
    auto process = play(std::string("signal=") + name);
    const auto status = process.wait(kLimit);
    ASSERT_TRUE(status) << log();
    EXPECT_TRUE(status->signalled) << name;
    EXPECT_EQ(status->value, number);
  }
}

TEST_F(MisbehaviourTest, HangsWithoutFramesAndLinesUntilItIsTold) {
  auto process = play("fps=-1&after=30&hang=1");
  // Whatever comes after the thirty frames, it is not a thirty-first.
  ASSERT_TRUE(eventually([&] { return server_.count() > 0; })) << log();
  std::size_t before = 0;
  EXPECT_FALSE(eventually(
      [&] {
        before = std::max(before, server_.count());
        return before > 30;
      },
      std::chrono::milliseconds(500)));
  EXPECT_FALSE(process.poll());
  EXPECT_TRUE(process.stop(kLimit).clean());
}

TEST_F(MisbehaviourTest, IgnoresTermButNotKill) {
  auto process = play("ignore_term=1");
  ASSERT_TRUE(eventually([&] { return server_.count() > 0; })) << log();
  process.signal(SIGTERM);
  const auto before = server_.count();
  ASSERT_TRUE(eventually([&] { return server_.count() > before + 5; })) << "goes on as if nothing were";
  EXPECT_FALSE(process.poll());
  const auto status = process.stop(std::chrono::milliseconds(100));
  EXPECT_TRUE(status.signalled && status.value == SIGKILL) << status.text();
}

TEST_F(MisbehaviourTest, ChildrenAndStraysOutliveIt) {
  auto process = play("children=1&strays=1");
  ASSERT_TRUE(eventually([&] { return server_.count() > 0; })) << log();
  const auto pids = children();
  ASSERT_EQ(pids.size(), 2U) << log();
  EXPECT_EQ(getpgid(pids[0]), process.pid());
  EXPECT_NE(getpgid(pids[1]), process.pid());
  process.signal(SIGTERM);
  ASSERT_TRUE(process.wait(kLimit));
  EXPECT_TRUE(lives(pids[0]) && lives(pids[1])) << "they are deaf to SIGTERM";
  ::kill(-process.pid(), SIGKILL);
  EXPECT_TRUE(eventually([&] { return !lives(pids[0]); }));
  EXPECT_TRUE(lives(pids[1])) << "the group's signal does not reach it";
  ::kill(pids[1], SIGKILL);
  EXPECT_TRUE(eventually([&] { return !lives(pids[1]); }));
}

TEST_F(MisbehaviourTest, FloodsItsLogWithThePassword) {
  auto process =
      play_url("rtsp://user:geheim@street.invalid/1?size=320x180&flood=1000", {{"source_type", "RTSP"}});
  EXPECT_TRUE(logged("Can not keep up with", 500)) << log().substr(0, 2000);
  EXPECT_THAT(log(), HasSubstr("geheim"));
  EXPECT_TRUE(eventually([&] { return server_.count() > 0; })) << "frames come all the same";
}

TEST_F(MisbehaviourTest, UsesMoreMemoryUpToTheLimit) {
  auto process = play("leak=1000&leak_most=200");
  EXPECT_TRUE(eventually([&] { return used_mib(process.pid()) >= 200; })) << used_mib(process.pid());
  EXPECT_LT(used_mib(process.pid()), 400);
}

TEST_F(MisbehaviourTest, WithoutDescriptorsFramesAreMadeButNotPosted) {
  auto process = play("after=3&eat_descriptors=1");
  EXPECT_TRUE(logged("Too many open files")) << log();
  EXPECT_TRUE(logged("push_failed")) << log();
  EXPECT_TRUE(logged("[fps_decode_0] tmp_fps: ", 3)) << log();
  EXPECT_FALSE(process.poll());
}

TEST_F(MisbehaviourTest, ReportsTheErrorItIsTold) {
  RecordingServer reports;
  auto process =
      play("report=CHANNEL_DATA_PIPE_FULL",
           {{"http_report", {{"ip", "127.0.0.1"}, {"port", reports.port()}, {"path", "/report"}}}});
  ASSERT_TRUE(eventually([&] { return reports.count() == 3; })) << log();
  EXPECT_EQ(reports.bodies()[2], R"({"error":"CHANNEL_DATA_PIPE_FULL"})");
}

TEST_F(MisbehaviourTest, CameraGoesAwayAndComesBack) {
  const std::string url = "rtsp://user:geheim@street.invalid/1?size=320x180&gone_after=0.4&back_after=1.5";
  auto process = play_url(url, {{"source_type", "RTSP"}});
  EXPECT_TRUE(logged("Start reconnected, url: " + url + ".\n")) << log();
  EXPECT_TRUE(logged("RTSP or RTMP reconnected: avformat_open_input failed ret(-111)")) << log();
  EXPECT_TRUE(logged("RTSP or RTMP reconnected success.")) << log();
  const auto starts_again = [&] {
    const auto bodies = server_.bodies();
    return std::count_if(bodies.begin(), bodies.end(),
                         [](const auto& body) { return json::parse(body)["mFrame"]["mFrameId"] == 0; }) > 1;
  };
  EXPECT_TRUE(eventually(starts_again)) << log();
  EXPECT_FALSE(process.poll());
}

TEST_F(MisbehaviourTest, QuietSceneIsSilentBehindAFilterButDecodesOn) {
  connect_graph("license_area_intrusion");
  write_demo("license_area_intrusion", "/no/street?size=320x180&quiet=1");
  auto process = start("license_area_intrusion");
  EXPECT_TRUE(logged("[fps_decode_0] tmp_fps: ", 3)) << log();
  EXPECT_THAT(log(), Not(HasSubstr("[channel_0]"))) << "those count what has passed";
  EXPECT_EQ(server_.count(), 0U);
  EXPECT_FALSE(process.poll());
}

}  // namespace
}  // namespace stream::sim
