#include "alarm_face.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "stream/bus/memory_bus.hpp"
#include "stream/common/base64.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::api {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr auto kQueue = topics::kAlarmQueue;

json parsed(const test::HttpAnswer& answer) {
  return json::parse(answer.body, nullptr, false);
}

class AlarmFaceTest : public testing::Test {
 protected:
  void SetUp() override {
    add_alarm_routes(router_, *bus_);
    server_ = http::Server::start({}, router_, metrics_, "test").value();
  }
  test::HttpAnswer ask(const std::string& method, const std::string& path) {
    return test::http_request(server_->port(), method, path);
  }
  void enqueue(const std::string& id) {
    Alarm alarm;
    alarm.id = id;
    alarm.task_id = "cam1";
    alarm.scene = picture::placeholder_jpeg();
    alarm.events.push_back({16, {1, 2, 3, 4}, "the event's jpeg", "{}", "x"});
    alarm.report_urls = {"http://user:hunter2@127.0.0.1:9/upload"};
    ASSERT_EQ(bus_->enqueue(kQueue, id, encode(alarm)), bus::EnqueueResult::kStored);
  }
  void park(const std::string& id, const std::string& reason) {
    enqueue(id);
    const auto deliveries = bus_->pull(kQueue, 100, 60s, 0ms).value();
    for (const auto& delivery : deliveries) {
      const bool wanted = delivery.id == id;
      ASSERT_TRUE(bus_->settle(
          kQueue, delivery, wanted ? bus::Settlement{bus::Park{reason}} : bus::Settlement{bus::Retry{0ms}}));
    }
  }

  const std::unique_ptr<bus::Bus> bus_ = bus::make_memory_bus();
  Metrics metrics_;
  http::Router router_{2};
  std::unique_ptr<http::Server> server_;
};

TEST_F(AlarmFaceTest, ListsByStateWithoutPasswords) {
  park("a:0:x:1", "http://user:hunter2@127.0.0.1:9/upload: HTTP 404");
  enqueue("b:0:x:1");
  const auto all = parsed(ask("GET", "/api/v1/alarms"));
  EXPECT_EQ(all["alarms"].size(), 2U);
  EXPECT_EQ(all["counts"], (json{{"ready", 1}, {"delayed", 0}, {"leased", 0}, {"parked", 1}}));
  const auto parked = ask("GET", "/api/v1/alarms?state=parked&limit=5");
  ASSERT_EQ(parsed(parked)["alarms"].size(), 1U);
  EXPECT_EQ(parsed(parked)["alarms"][0]["id"], "a:0:x:1");
  EXPECT_EQ(parsed(parked)["alarms"][0]["state"], "parked");
  EXPECT_THAT(parked.body, HasSubstr("HTTP 404"));
  EXPECT_THAT(parked.body, Not(HasSubstr("hunter2")));
  EXPECT_EQ(parsed(ask("GET", "/api/v1/alarms?limit=1"))["alarms"].size(), 1U);
}

TEST_F(AlarmFaceTest, ShowsOneWithWhatWasTriedAndItsPicturesOnlyWhenAskedFor) {
  const std::string id = "a%2F:0:x:1";
  enqueue(id);
  DeliveryRecord record;
  record.alarm_id = id;
  record.attempts = 3;
  ASSERT_TRUE(bus_->cas(topics::delivery_key(id), 0, encode(record)).done());
  const auto shown = ask("GET", "/api/v1/alarms/a%252F:0:x:1");
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(parsed(shown)["alarm"]["task_id"], "cam1");
  EXPECT_THAT(parsed(shown)["alarm"]["scene"], HasSubstr("<jpeg"));
  EXPECT_EQ(parsed(shown)["delivery"]["attempts"], 3);
  EXPECT_THAT(shown.body, Not(HasSubstr("hunter2")));
  const auto whole = parsed(ask("GET", "/api/v1/alarms/a%252F:0:x:1?pictures=1"));
  EXPECT_EQ(whole["alarm"]["scene"], base64_encode(picture::placeholder_jpeg()));
  EXPECT_EQ(whole["alarm"]["events"][0]["picture"], base64_encode("the event's jpeg"));
}

TEST_F(AlarmFaceTest, GivesPicturesAsJpeg) {
  enqueue("a:0:x:1");
  const auto scene = ask("GET", "/api/v1/alarms/a:0:x:1/scene.jpg");
  EXPECT_EQ(scene.status, 200);
  EXPECT_EQ(scene.headers.at("content-type"), "image/jpeg");
  EXPECT_EQ(scene.body, picture::placeholder_jpeg());
  EXPECT_EQ(ask("GET", "/api/v1/alarms/a:0:x:1/events/0.jpg").body, "the event's jpeg");
  for (const char* none : {"events/1.jpg", "events/x.jpg", "events/.jpg", "other.jpg"}) {
    EXPECT_EQ(ask("GET", std::string("/api/v1/alarms/a:0:x:1/") + none).status, 404) << none;
  }
}

TEST_F(AlarmFaceTest, RetryMakesAParkedAlarmReadyAgain) {
  park("a:0:x:1", "no");
  EXPECT_EQ(ask("POST", "/api/v1/alarms/a:0:x:1/retry").status, 200);
  EXPECT_EQ(bus_->queue_stats(kQueue)->ready, 1U);
  EXPECT_EQ(ask("POST", "/api/v1/alarms/a:0:x:1/retry").status, 409) << "it is not parked any more";
  EXPECT_EQ(ask("POST", "/api/v1/alarms/none/retry").status, 404);
}

TEST_F(AlarmFaceTest, DeleteRemovesAParkedAlarmForGood) {
  park("a:0:x:1", "no");
  EXPECT_EQ(ask("DELETE", "/api/v1/alarms/a:0:x:1").status, 200);
  EXPECT_EQ(ask("GET", "/api/v1/alarms/a:0:x:1").status, 404);
  EXPECT_EQ(ask("DELETE", "/api/v1/alarms/a:0:x:1").status, 404);
  enqueue("b:0:x:1");
  EXPECT_EQ(ask("DELETE", "/api/v1/alarms/b:0:x:1").status, 409);
}

TEST_F(AlarmFaceTest, WhatIsWrongIsSaid) {
  const auto state = ask("GET", "/api/v1/alarms?state=lost");
  EXPECT_EQ(state.status, 400);
  EXPECT_EQ(state.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(parsed(state),
            (json{{"type", "about:blank"},
                  {"title", "Bad Request"},
                  {"status", 400},
                  {"detail", "state: found \"lost\", expected ready, delayed, leased, parked or all"},
                  {"errors",
                   {{{"where", "state"},
                     {"found", "\"lost\""},
                     {"expected", "ready, delayed, leased, parked or all"}}}}}));
  for (const char* limit : {"0", "10001", "-1", "many"}) {
    EXPECT_EQ(ask("GET", std::string("/api/v1/alarms?limit=") + limit).status, 400) << limit;
  }
  EXPECT_EQ(ask("GET", "/api/v1/alarms/a%2").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/alarms/").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/alarms/a/other").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/alarms/a").status, 405);
  EXPECT_EQ(ask("GET", "/api/v1/alarms/a/retry").status, 405);
  EXPECT_EQ(ask("POST", "/api/v1/alarms").status, 405);
  ASSERT_EQ(bus_->enqueue(kQueue, "junk", "no alarm"), bus::EnqueueResult::kStored);
  EXPECT_EQ(ask("GET", "/api/v1/alarms/junk").status, 500);
}

}  // namespace
}  // namespace stream::api
