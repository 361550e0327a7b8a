// Recordings through the real program.
#include <gmock/gmock.h>

#include <algorithm>

#include "installation_fixture.hpp"
#include "stream/common/eventually.hpp"

namespace stream::sim {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ReplayTest : public InstallationTest {
 protected:
  // A recording of `frames` bodies; odd bytes included, because nothing may touch them.
  std::string record(int frames) {
    std::string text;
    for (int i = 0; i < frames; ++i) {
      bodies_.push_back(
          fmt::format(R"({{"mFps":null,"mFrame":{{"mFrameId":{}}}, "x" : "蒙\u00e9 "}})", 3 * i));
      text += bodies_.back() + "\n";
    }
    const auto path = folder_.path() / "frames.ndjson";
    write_text(path, text);
    return path;
  }

  std::vector<std::string> bodies_;
};

TEST_F(ReplayTest, RecordingArrivesByteForByteAndEndsWithZero) {
  connect_graph("yolov5");
  write_demo("yolov5", record(50) + "?lossless=1");
  EXPECT_EQ(run("yolov5"), 0) << log();
  EXPECT_EQ(server_.bodies(), bodies_);
}

TEST_F(ReplayTest, EachFrameIsAConnectionWithTheHeadOfCppHttplib) {
  connect_graph("yolov5");
  write_demo("yolov5", record(1) + "?lossless=1");
  EXPECT_EQ(run("yolov5"), 0) << log();
  ASSERT_EQ(server_.count(), 1U);
  EXPECT_EQ(server_.posts()[0].head,
            fmt::format("POST /frames/in/key HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\n"
                        "Content-Length: {}\r\nContent-Type: application/json\r\nHost: 127.0.0.1:{}\r\n"
                        "User-Agent: cpp-httplib/0.12.0",
                        bodies_[0].size(), server_.port()));
}

TEST_F(ReplayTest, LoopsPlayTheRecordingAgain) {
  connect_graph("yolov5");
  write_demo("yolov5", record(3) + "?lossless=1", {{"loop_num", 2}});
  EXPECT_EQ(run("yolov5"), 0) << log();
  const auto& b = bodies_;
  EXPECT_THAT(server_.bodies(), ElementsAre(b[0], b[1], b[2], b[0], b[1], b[2]));
}

TEST_F(ReplayTest, SlowReceiverCostsTheNewestFramesBeyondTwenty) {
  constexpr int kFrames = 100;
  server_.hold();
  connect_graph("yolov5");
  write_demo("yolov5", record(kFrames) + "?fps=-1");
  auto process = start("yolov5");
  // Frame 0 is being answered and 1 to 20 wait while all others are read and dropped.
  ASSERT_TRUE(eventually([&] { return log().find("meet a eof") != std::string::npos; })) << log();
  server_.release();
  const auto status = process.wait(std::chrono::seconds(30));
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->clean()) << status->text();
  const auto bodies = server_.bodies();
  // Whether the first one left the queue before the twenty-first came is a matter of luck.
  ASSERT_GE(bodies.size(), 20U);
  ASSERT_LE(bodies.size(), 21U);
  EXPECT_TRUE(std::is_sorted(bodies.begin(), bodies.end(), [&](const auto& a, const auto& b) {
    return std::find(bodies_.begin(), bodies_.end(), a) < std::find(bodies_.begin(), bodies_.end(), b);
  }));
  EXPECT_THAT(log(), HasSubstr(fmt::format("posted={} refused=0 failed=0 dropped={}", bodies.size(),
                                           kFrames - bodies.size())));
}

TEST_F(ReplayTest, RateOptionPacesTheFrames) {
  connect_graph("yolov5");
  write_demo("yolov5", record(11) + "?fps=50");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(run("yolov5"), 0) << log();
  // Ten intervals of 20 ms lie between eleven frames.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(200));
  EXPECT_EQ(server_.bodies(), bodies_);
}

TEST_F(ReplayTest, TerminateEndsItAtOnceThoughTheReceiverHangs) {
  server_.hold();
  connect_graph("yolov5");
  write_demo("yolov5", record(50) + "?lossless=1");
  auto process = start("yolov5");
  ASSERT_TRUE(eventually([&] { return server_.count() == 1; })) << log();
  process.signal(SIGTERM);
  const auto status = process.wait(std::chrono::seconds(3));  // less than the 5 s an answer is waited for
  ASSERT_TRUE(status) << "still running";
  EXPECT_TRUE(status->clean()) << status->text();
}

TEST_F(ReplayTest, RefusedFramesAreCountedAndNotRepeated) {
  RecordingServer refusing(404);
  connect_graph("yolov5", {{"port", refusing.port()}});
  write_demo("yolov5", record(5) + "?lossless=1");
  EXPECT_EQ(run("yolov5"), 0) << log();
  EXPECT_EQ(refusing.bodies(), bodies_);
  EXPECT_THAT(log(), HasSubstr("posted=0 refused=5 failed=0 dropped=0"));
}

TEST_F(ReplayTest, MissingReceiverIsCountedAndDoesNotStopIt) {
  std::uint16_t nobody = 0;
  { nobody = RecordingServer().port(); }
  connect_graph("yolov5", {{"port", nobody}});
  write_demo("yolov5", record(5) + "?lossless=1");
  EXPECT_EQ(run("yolov5"), 0) << log();
  EXPECT_THAT(log(), HasSubstr("posted=0 refused=0 failed=5 dropped=0"));
}

TEST_F(ReplayTest, OldestReleasesRouteAddsTheChannelToThePort) {
  connect_graph("yolov5", {{"path", nullptr}, {"route", "/old"}, {"port", server_.port() - 2}});
  write_demo("yolov5", record(1) + "?lossless=1", {{"channel_id", 2}});
  EXPECT_EQ(run("yolov5"), 0) << log();
  ASSERT_EQ(server_.count(), 1U) << log();
  EXPECT_THAT(server_.posts()[0].head, HasSubstr("POST /old HTTP/1.1"));
}

TEST_F(ReplayTest, StartIsReported) {
  RecordingServer reports;
  connect_graph("yolov5");
  write_demo("yolov5", record(1) + "?lossless=1", json::object(),
             {{"http_report", {{"ip", "127.0.0.1"}, {"port", reports.port()}, {"path", "/report"}}}});
  server_.hold();  // keeps it alive until the report is there
  auto process = start("yolov5");
  ASSERT_TRUE(eventually([&] { return reports.count() == 2; })) << log();
  EXPECT_THAT(reports.posts()[0].head, HasSubstr("POST /report HTTP/1.1"));
  // The graph is loaded, the graph is started.
  EXPECT_THAT(reports.bodies(), Each(R"({"error":"SUCCESS"})"));
  server_.release();
  EXPECT_TRUE(process.wait(std::chrono::seconds(30)));
}

TEST_F(ReplayTest, MissingRecordingIsAnErrorThatNamesIt) {
  connect_graph("yolov5");
  write_demo("yolov5", "/nowhere/frames.ndjson");
  EXPECT_EQ(run("yolov5"), 1);
  EXPECT_THAT(log(), HasSubstr("/nowhere/frames.ndjson: no such recording"));
}

TEST_F(ReplayTest, UnreachableCameraIsTriedForEverInSilence) {
  std::uint16_t nobody = 0;
  { nobody = RecordingServer().port(); }
  connect_graph("yolov5");
  write_demo("yolov5", fmt::format("rtsp://user:secret@127.0.0.1:{}/cam", nobody), {{"source_type", "RTSP"}});
  auto process = start("yolov5");
  const auto reconnects =
      fmt::format("Start reconnected, url: rtsp://user:secret@127.0.0.1:{}/cam.\n", nobody);
  ASSERT_TRUE(eventually([&] { return log().find(reconnects) != std::string::npos; })) << log();
  EXPECT_FALSE(process.poll());
  EXPECT_EQ(server_.count(), 0U);
  EXPECT_TRUE(process.stop(std::chrono::seconds(10)).clean());
  EXPECT_THAT(log(), Not(HasSubstr("source_failed")));
  EXPECT_THAT(log(), Not(HasSubstr("avg_fps"))) << "no frame, no line";
}

TEST_F(ReplayTest, MissingModelIsTheEndByAnAssertion) {
  connect_graph("yolov5");
  write_demo("yolov5", record(1));
  std::filesystem::remove(folder_.path() / "samples/yolov5/data/models/yolov5.bmodel");
  auto process = start("yolov5");
  const auto status = process.wait(std::chrono::seconds(30));
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->signalled);
  EXPECT_EQ(status->value, SIGABRT);
  EXPECT_THAT(log(), HasSubstr("load bmodel(../yolov5/data/models/yolov5.bmodel) failed\n"));
}

TEST_F(ReplayTest, MissingSharedObjectLeavesItAliveWithoutAGraph) {
  RecordingServer reports;
  connect_graph("yolov5");
  write_demo("yolov5", record(1), json::object(),
             {{"http_report", {{"ip", "127.0.0.1"}, {"port", reports.port()}, {"path", "/report"}}}});
  std::filesystem::remove(folder_.path() / "build/lib/libyolov5.so");
  auto process = start("yolov5");
  ASSERT_TRUE(eventually([&] { return reports.count() == 1; })) << log();
  EXPECT_EQ(reports.bodies()[0], R"({"error":"DLOPEN_FAIL"})");
  EXPECT_THAT(log(), HasSubstr("Load dynamic shared object file fail"));
  EXPECT_FALSE(process.poll());
  EXPECT_TRUE(process.stop(std::chrono::seconds(10)).clean());
  EXPECT_EQ(server_.count(), 0U);
}

}  // namespace
}  // namespace stream::sim
