// /stream/addChannel and /stream/stopChannel, and the port they share.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "control_server.hpp"
#include "installation_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::sim {
namespace {

// A port nobody listens on just now.
std::uint16_t free_port() {
  return RecordingServer().port();
}

class ControlTest : public InstallationTest {
 protected:
  // Starts a process with one endless channel.
  Process start_street() {
    connect_graph("yolov5");
    write_demo("yolov5", kStreet, {{"channel_id", 0}},
               {{"http_listen", {{"ip", "127.0.0.1"}, {"port", port_}, {"path", ""}}}});
    auto process = start("yolov5");
    EXPECT_TRUE(eventually([&] { return server_.count() > 0; })) << log();
    return process;
  }

  test::HttpAnswer call(const std::string& action, const std::string& body) const {
    return test::http_request(port_, "POST", "/stream/" + action, body);
  }
  // What every request is answered that has all it needs.
  void expect_taken(const std::string& action, const json& body) const {
    const auto answer = call(action, body.dump());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"Code":0,"Msg":"success","Result":null})");
  }
  void add(int channel, const std::string& url = kStreet) const {
    expect_taken("addChannel", {{"channel_id", channel}, {"url", url}, {"source_type", "VIDEO"}});
  }
  void stop(int channel) const { expect_taken("stopChannel", {{"channel_id", channel}}); }
  bool logged(const std::string& text) const {
    return eventually([&] { return log().find(text) != std::string::npos; });
  }

  bool frames_of_come(int channel) {
    const auto before = server_.count();
    return eventually([&] {
      const auto bodies = server_.bodies();
      return std::any_of(
          bodies.begin() + static_cast<std::ptrdiff_t>(before), bodies.end(),
          [&](const auto& body) { return json::parse(body)["mFrame"]["mChannelId"] == channel; });
    });
  }

  static constexpr const char* kStreet = "/no/street?size=320x180";
  const std::uint16_t port_ = free_port();
};

TEST_F(ControlTest, AddedChannelPlaysUntilItIsStopped) {
  auto process = start_street();
  add(5);
  EXPECT_TRUE(frames_of_come(5)) << log();
  EXPECT_TRUE(frames_of_come(0)) << "the other one goes on";
  stop(5);
  ASSERT_TRUE(logged("channel_counts channel=5")) << log();
  EXPECT_TRUE(frames_of_come(0)) << "and on";
  add(5);
  EXPECT_TRUE(frames_of_come(5)) << "it can come again: " << log();
  EXPECT_TRUE(process.stop(std::chrono::seconds(10)).clean());
}

TEST_F(ControlTest, EachChannelHasItsOwnLinesInTheLog) {
  auto process = start_street();
  add(7);
  EXPECT_TRUE(logged("[fps_decode_0] tmp_fps: ")) << log();
  EXPECT_TRUE(logged("[fps_decode_7] tmp_fps: ")) << log();
  EXPECT_TRUE(logged("[channel_1] tmp_fps: ")) << "by order, not by id: " << log();
}

TEST_F(ControlTest, WhatCannotBeDoneIsAnsweredAsDone) {
  auto process = start_street();
  add(0);
  EXPECT_TRUE(logged("this channel is used! channel id is 0")) << log();
  stop(9);
  EXPECT_TRUE(logged("this channel is not found! channel id is 9")) << log();
  add(3, "/nowhere/frames.ndjson");
  EXPECT_TRUE(logged("Decoder init failed! channel id is 3")) << log();
  expect_taken("addChannel",
               {{"channel_id", 4}, {"url", kStreet}, {"source_type", "VIDEO"}, {"graph_id", 8}});
  EXPECT_TRUE(frames_of_come(0)) << "nothing happened to the one that plays";
  EXPECT_TRUE(process.stop(std::chrono::seconds(10)).clean());
}

TEST_F(ControlTest, ProcessWithoutChannelsStaysAlive) {
  auto process = start_street();
  stop(0);
  ASSERT_TRUE(logged("channel_counts channel=0")) << log();
  EXPECT_FALSE(process.poll());
  add(1);
  EXPECT_TRUE(frames_of_come(1)) << log();
  EXPECT_TRUE(process.stop(std::chrono::seconds(10)).clean());
}

TEST_F(ControlTest, SlowSourceKeepsTheNextRequestWaiting) {
  auto process = start_street();
  add(1, std::string(kStreet) + "&opens_after=1");
  const auto asked = std::chrono::steady_clock::now();
  add(2);
  EXPECT_TRUE(frames_of_come(2)) << log();
  EXPECT_GT(std::chrono::steady_clock::now() - asked, std::chrono::milliseconds(900));
}

TEST_F(ControlTest, MiscountEndsTheProcessWhileAChannelPlays) {
  auto process = start_street();
  stop(9);  // nobody is less now, but the count is
  add(1, std::string(kStreet) + "&seconds=1");
  // Two are wanted, less one: the end of the first that ends is the end of all.
  const auto status = process.wait(std::chrono::seconds(20));
  ASSERT_TRUE(status) << log();
  EXPECT_TRUE(status->clean()) << status->text();
}

TEST_F(ControlTest, UnknownSourceTypeIsTheEndOfAllChannels) {
  auto process = start_street();
  // Whether the answer gets out before the end is a matter of luck.
  call("addChannel", R"({"channel_id":1,"url":"http://cam","source_type":"RTSP"})");
  const auto status = process.wait(std::chrono::seconds(20));
  ASSERT_TRUE(status) << log();
  EXPECT_TRUE(status->signalled && status->value == SIGSEGV) << status->text();
}

TEST_F(ControlTest, RequestsThatLackAMemberAreInvalid) {
  auto process = start_street();
  const std::string invalid = R"({"Code":5008,"Msg":"Invalid Request","Result":null})";
  EXPECT_EQ(call("addChannel", R"({"channel_id":1,"url":"x"})").body, invalid);
  EXPECT_EQ(call("addChannel", R"("text")").body, invalid);
  EXPECT_EQ(call("stopChannel", "{}").body, invalid);
  EXPECT_EQ(call("stopChannel", "{}").status, 200);
}

TEST_F(ControlTest, RequestsThatCannotBeReadAreServerErrors) {
  auto process = start_street();
  EXPECT_EQ(call("addChannel", "{").status, 500);
  EXPECT_EQ(call("stopChannel", R"({"channel_id":"x"})").status, 500);
  EXPECT_EQ(call("restartChannel", "{}").status, 404);
  EXPECT_TRUE(frames_of_come(0)) << log();
}

TEST(ControlServer, ProcessesShareOnePort) {
  const HttpTarget listen{"127.0.0.1", free_port(), ""};
  const ControlServer::Handlers nothing{[](const ChannelConfig&) {}, [](const StopRequest&) {}};
  const auto first = ControlServer::start(listen, nothing);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(ControlServer::start(listen, nothing));
}

}  // namespace
}  // namespace stream::sim
