// /stream/addChannel and /stream/stopChannel, and the port they share.
#include <gmock/gmock.h>

#include "control_server.hpp"
#include "installation_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::sim {
namespace {

using ::testing::HasSubstr;

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
               {{"http_listen", {{"ip", "127.0.0.1"}, {"port", port_}}}});
    auto process = start("yolov5");
    EXPECT_TRUE(eventually([&] { return server_.count() > 0; })) << log();
    return process;
  }

  json call(const std::string& action, const json& body) {
    return json::parse(test::http_request(port_, "POST", "/stream/" + action, body.dump()).body);
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
  const json channel = {{"channel_id", 5}, {"url", kStreet}, {"source_type", "VIDEO"}};
  EXPECT_EQ(call("addChannel", channel)["code"], 0);
  EXPECT_TRUE(frames_of_come(5)) << log();
  EXPECT_EQ(call("addChannel", channel)["code"], -1) << "twice";
  EXPECT_EQ(call("stopChannel", {{"channel_id", 5}})["code"], 0);
  EXPECT_EQ(call("stopChannel", {{"channel_id", 5}})["code"], -1) << "twice";
  EXPECT_TRUE(frames_of_come(0)) << "the other one goes on";
  EXPECT_TRUE(process.stop(std::chrono::seconds(10)).clean());
}

TEST_F(ControlTest, ProcessWithoutChannelsStaysAlive) {
  auto process = start_street();
  EXPECT_EQ(call("stopChannel", {{"channel_id", 0}})["code"], 0);
  EXPECT_EQ(call("stopChannel", {{"channel_id", 0}})["code"], -1);
  EXPECT_EQ(call("addChannel", {{"channel_id", 1}, {"url", kStreet}, {"source_type", "VIDEO"}})["code"], 0);
  EXPECT_TRUE(frames_of_come(1)) << log();
  EXPECT_TRUE(process.stop(std::chrono::seconds(10)).clean());
}

TEST_F(ControlTest, BadRequestsAreAnsweredWithTheReason) {
  auto process = start_street();
  EXPECT_THAT(call("addChannel", {{"channel_id", 1}})["msg"], HasSubstr("/url: missing"));
  EXPECT_THAT(call("addChannel", "text")["msg"], HasSubstr("expected an object"));
  EXPECT_THAT(call("stopChannel", {{"channel_id", "x"}})["msg"], HasSubstr("expected an integer"));
  EXPECT_THAT(test::http_request(port_, "POST", "/stream/addChannel", "{").body, HasSubstr("not JSON"));
}

TEST(ControlServer, ProcessesShareOnePort) {
  const HttpTarget listen{"127.0.0.1", free_port(), ""};
  const ControlServer::Handlers nothing{[](const ChannelConfig&) { return Status(); },
                                        [](int) { return Status(); }};
  const auto first = ControlServer::start(listen, nothing);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(ControlServer::start(listen, nothing));
}

}  // namespace
}  // namespace stream::sim
