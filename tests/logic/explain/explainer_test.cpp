// A whole logic-node is asked over HTTP, as an api-node does.
#include "explain/explainer.hpp"

#include <gmock/gmock.h>

#include <future>
#include <nlohmann/json.hpp>

#include "../node_fixture.hpp"
#include "stream/common/clock.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::logic {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;

class ExplainerTest : public NodeTest {
 protected:
  struct Answer {
    int status;
    json body;
  };
  using Admin = std::unique_ptr<http::AdminServer>;

  static Admin serve(Running& running) {
    return http::AdminServer::start(
               "127.0.0.1:0", running.metrics, [] { return ""; }, running.node->admin_routes())
        .value();
  }
  static Answer ask(const Admin& admin, const std::string& path) {
    const auto answer = test::http_request(admin->address(), "GET", path);
    return {answer.status, json::parse(answer.body, nullptr, false)};
  }
  // A plate in one frame that arrives now.
  void play_now(const std::string& task, const std::string& plate) {
    auto frame = next_frame(task, plate);
    frame.received_us = unix_us();
    replay_.keep(frame);
    std::ignore = publisher_->publish(topics::frame(task, 0), encode(frame));
  }
  static json object(const json& body, const std::string& key) {
    for (const auto& object : body["objects"]) {
      if (object["key"] == key) return object;
    }
    return nullptr;
  }
};

TEST_F(ExplainerTest, SaysWhatStoppedEachObjectAndWhatAlarmed) {
  put(plate_task("cam 1"));
  const auto one = start("one");
  const auto admin = serve(*one);
  ASSERT_TRUE(wait_for_consumer("cam 1"));
  play_now("cam 1", "once");
  for (int i = 0; i < 3; ++i) play_now("cam 1", "thrice");
  ASSERT_TRUE(eventually([&] { return alarmed_plates() == Names{"thrice"}; }));

  const auto [status, body] = ask(admin, "/explain/cam%201/0?last_ms=30000");
  ASSERT_EQ(status, 200) << body;
  EXPECT_EQ(body["complete"], true) << body;
  EXPECT_EQ(body["frames"]["count"], 4);
  EXPECT_EQ(object(body, "once")["changes"][0]["text"], "seen 1 of 2");
  EXPECT_EQ(object(body, "once")["alarms"], 0);
  EXPECT_EQ(object(body, "thrice")["alarm_frames"], json{3});
  EXPECT_EQ(object(body, "thrice")["changes"].back()["stopped_by"], "once");
  EXPECT_THAT(body["rules"], Contains(json{{"rule", "seen"}, {"passed", 2}, {"stopped", 2}})) << body;
  EXPECT_EQ(ask(admin, "/explain/cam%201/0?last_ms=30000").body, body) << "nothing came meanwhile";
  // Looking back counts nothing again.
  const auto metrics = test::http_request(admin->address(), "GET", "/metrics").body;
  for (const char* outcome : {"passed", "stopped"}) {
    EXPECT_THAT(metrics, HasSubstr(std::string(R"(rule_objects_total{algorithm="0",outcome=")") + outcome +
                                   R"(",rule="seen",task="cam 1"} 2)"));
  }
}

TEST_F(ExplainerTest, TheNextOwnerExplainsAsWell) {
  put(plate_task("t"));
  auto one = start("one");
  ASSERT_TRUE(wait_for_consumer("t"));
  play_now("t", "x");
  play_now("t", "x");
  ASSERT_TRUE(eventually([&] { return alarmed_plates() == Names{"x"}; }));
  kill(*one);
  const auto two = start("two");
  const auto admin = serve(*two);
  ASSERT_TRUE(wait_for_consumer("t"));
  play_now("t", "x");
  ASSERT_TRUE(eventually([&] {
    const auto body = ask(admin, "/explain/t/0?last_ms=30000").body;
    return body.is_object() && body.contains("frames") && body["frames"]["count"] == 3;
  }));
  const auto body = ask(admin, "/explain/t/0?last_ms=30000").body;
  EXPECT_EQ(object(body, "x")["changes"].back()["text"], "has had its alarm in this stay") << body;
}

TEST_F(ExplainerTest, WhatIsWrongWithTheRequestIsSaid) {
  put(plate_task("t"));
  const auto one = start("one");
  const auto admin = serve(*one);
  ASSERT_TRUE(wait_for_consumer("t"));
  for (const char* last : {"", "x", "999", "600001", "-1", "30s"}) {
    const auto [status, body] = ask(admin, std::string("/explain/t/0?last_ms=") + last);
    EXPECT_EQ(status, 400) << last;
    EXPECT_EQ(body["detail"], "last_ms: found \"" + std::string(last) + "\", expected 1000 to 600000");
  }
  for (const char* unknown : {"t/1", "u/0", "", "t", "t/0/", "../t/0"}) {
    EXPECT_EQ(ask(admin, std::string("/explain/") + unknown + "?last_ms=30000").status, 404) << unknown;
  }
}

TEST_F(ExplainerTest, BeforeTheFirstFrameThatIsTheReason) {
  put(plate_task("t"));
  const auto one = start("one");
  const auto admin = serve(*one);
  ASSERT_TRUE(wait_for_consumer("t"));
  const auto body = ask(admin, "/explain/t/0?last_ms=30000").body;
  EXPECT_THAT(body["notes"], Contains("no frame has come yet"));
  EXPECT_EQ(body["newest"], nullptr);
}

TEST_F(ExplainerTest, MoreThanTwoAtATimeAreToldToComeAgainAndNothingElseIsHeldUp) {
  put(plate_task("t"));
  const auto one = start("one");
  const auto admin = serve(*one);
  ASSERT_TRUE(wait_for_consumer("t"));
  play_now("t", "x");
  ASSERT_TRUE(eventually([&] { return one->count("frames_processed_total") == 1; }));

  replay_.hold();
  const auto asks = [&] { return ask(admin, "/explain/t/0?last_ms=30000").status; };
  auto first = std::async(std::launch::async, asks), second = std::async(std::launch::async, asks);
  ASSERT_TRUE(eventually([&] { return replay_.held() >= 2; }));
  EXPECT_TRUE(eventually([&] { return asks() == 503; }));
  EXPECT_THAT(ask(admin, "/explain/t/0?last_ms=30000").body["detail"].get<std::string>(), HasSubstr("busy"));
  EXPECT_EQ(test::http_request(admin->address(), "GET", "/metrics").status, 200);
  EXPECT_EQ(test::http_request(admin->address(), "GET", "/healthz").status, 200);
  play_now("t", "x");
  EXPECT_TRUE(eventually([&] { return alarmed_plates() == Names{"x"}; }));

  replay_.release();
  EXPECT_EQ(first.get(), 200);
  EXPECT_EQ(second.get(), 200);
  EXPECT_EQ(asks(), 200);
}

}  // namespace
}  // namespace stream::logic
