// The OpenAPI document says what a running api-node does under /api/v1: every route, every status that is met
// on the way, every body. A route or a member that comes anew has to be written into api-node/openapi.json,
// and asked for here.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>

#include "fake_logic.hpp"
#include "node_fixture.hpp"
#include "openapi_document.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/process.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;
using stream::test::HttpAnswer;

constexpr const char* kToken = "0123456789abcdef";
constexpr auto kQueue = topics::kAlarmQueue;

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// A request, by its path in the document and as it is sent.
struct Ask {
  std::string method, path, target;
  json body = nullptr;
  std::string content_type = "application/json";
};

class Openapi : public NodeFixture {
 protected:
  void SetUp() override {
    const fs::path token = data_.path() / "token";
    std::ofstream(token) << kToken;
    fs::permissions(token, fs::perms::owner_read | fs::perms::owner_write);
    config_.api_token_file = token;
    start_ingest();
    start_node();
    for (const char* id : {"waits", "parked 1", "parked 2"}) enqueue(id);
    const auto deliveries = bus_->pull(kQueue, 100, 60s, 0ms).value();
    for (const auto& delivery : deliveries) {
      const bus::Settlement settlement =
          delivery.id == "waits" ? bus::Settlement{bus::Retry{0ms}} : bus::Settlement{bus::Park{"no"}};
      ASSERT_TRUE(bus_->settle(kQueue, delivery, settlement));
    }
    ASSERT_EQ(bus_->enqueue(kQueue, "junk", "no alarm"), bus::EnqueueResult::kStored);
  }

  void enqueue(const std::string& id) {
    Alarm alarm;
    alarm.id = id;
    alarm.task_id = "cam1";
    alarm.scene = picture::placeholder_jpeg();
    alarm.events.push_back({16, {1, 2, 3, 4}, picture::placeholder_jpeg(), "{}", "x"});
    alarm.report_urls = {"http://127.0.0.1:9/upload"};
    ASSERT_EQ(bus_->enqueue(kQueue, id, encode(alarm)), bus::EnqueueResult::kStored);
    DeliveryRecord record;
    record.alarm_id = id;
    ASSERT_TRUE(bus_->cas(topics::delivery_key(id), 0, encode(record)).done());
  }

  // Sends it and keeps the answer for the comparison; its status.
  int ask(const Ask& ask, const std::string& token = kToken) {
    const std::string body = ask.body.is_string() ? ask.body.get<std::string>()
                             : ask.body.is_null() ? ""
                                                  : ask.body.dump();
    stream::test::TcpClient client(port());
    client.send(ask.method + " " + ask.target + " HTTP/1.1\r\nAuthorization: Bearer " + token + "\r\n" +
                (body.empty() ? "" : "Content-Type: " + ask.content_type + "\r\n") +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const HttpAnswer answer = client.read_answer();
    const auto type = answer.headers.find("content-type");
    const json text = json::parse(answer.body, nullptr, false);
    answers_.push_back({{"method", ask.method},
                        {"path", ask.path},
                        {"status", answer.status},
                        {"type", type == answer.headers.end() ? "" : type->second},
                        {"body", text.is_discarded() ? json() : text},
                        {"sent", ask.body}});
    return answer.status;
  }

  // What the script finds wrong.
  std::string complaints() {
    const fs::path document = data_.path() / "openapi.json", answers = data_.path() / "answers.json",
                   output = data_.path() / "complaints.txt";
    std::ofstream(document) << kOpenapiDocument;
    std::ofstream(answers) << answers_;
    ProcessOptions options;
    options.arguments = {"/usr/bin/python3", STREAM_SOURCE_DIR "/tests/api/check_openapi.py", document,
                         answers};
    options.output_file = output;
    auto python = Process::start(options);
    if (!python) return python.error().message;
    const auto status = python->wait(50s);
    constexpr int kNoLibrary = 3;
    if (status && !status->signalled && status->value == kNoLibrary) return "no jsonschema";
    std::ifstream file(output);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return status && status->clean() ? text : "the script failed: " + text;
  }

  json answers_ = json::array();
};

TEST_F(Openapi, DocumentHasEveryRouteAndNoOther) {
  std::set<std::string> routes, documented;
  for (const auto& [method, path] : node_->routes()) {
    if (path.starts_with("/api/")) routes.insert(method + " " + path);
  }
  const json document = json::parse(kOpenapiDocument);
  for (const auto& [path, item] : document["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method != "parameters") documented.insert(upper(method) + " " + path);
    }
  }
  EXPECT_EQ(documented, routes);
}

TEST_F(Openapi, AnswersAreAsTheDocumentSays) {
  const std::string tasks = "/api/v1/tasks", task = tasks + "/{id}", alarms = "/api/v1/alarms",
                    alarm = alarms + "/{id}";
  const json cam = definition("cam 1", data_.path() / "lives");
  json wrong = cam;
  wrong["Algorithm"][0]["Type"] = "three";

  EXPECT_EQ(ask({"POST", tasks, tasks, cam}), 201);
  ASSERT_TRUE(eventually([&] { return state("cam 1") == "starting" || state("cam 1") == "running"; }));
  EXPECT_EQ(ask({"POST", tasks, tasks, cam}), 200);
  EXPECT_EQ(ask({"POST", tasks, tasks, wrong}), 400);
  EXPECT_EQ(ask({"POST", tasks, tasks, "no json"}), 400);
  EXPECT_EQ(ask({"POST", tasks, tasks, "text", "text/plain"}), 415);
  EXPECT_EQ(ask({"POST", tasks, tasks, std::string(2 << 20, ' ')}), 413);
  EXPECT_EQ(ask({"GET", tasks, tasks}), 200);
  EXPECT_EQ(ask({"GET", task, tasks + "/cam%201"}), 200);
  EXPECT_EQ(ask({"GET", task, tasks + "/none"}), 404);
  EXPECT_EQ(ask({"GET", task, tasks + "/%zz"}), 400);
  EXPECT_EQ(ask({"PUT", task, tasks + "/cam%201", cam}), 200);
  EXPECT_EQ(ask({"PUT", task, tasks + "/cam%201", wrong}), 400);
  EXPECT_EQ(ask({"PUT", task, tasks + "/none", definition("none", "/none")}), 404);
  EXPECT_EQ(ask({"PUT", task, tasks + "/cam%201", "text", "text/plain"}), 415);
  EXPECT_EQ(ask({"PUT", task, tasks + "/cam%201", std::string(2 << 20, ' ')}), 413);
  EXPECT_EQ(ask({"DELETE", task, tasks + "/%zz"}), 400);
  EXPECT_EQ(ask({"GET", task + "/logs", tasks + "/cam%201/logs?lines=5"}), 200);
  EXPECT_EQ(ask({"GET", task + "/logs", tasks + "/cam%201/logs?lines=0"}), 400);
  EXPECT_EQ(ask({"GET", task + "/logs", tasks + "/none/logs"}), 404);
  FakeLogic logic(*bus_, "logic-1");
  logic.own("cam 1", 0);
  const Ask explain{"GET", task + "/explain", tasks + "/cam%201/explain?last=1m"};
  ASSERT_TRUE(eventually([&] {
    if (ask(explain) == 200) return true;
    answers_.erase(answers_.size() - 1);
    return false;
  }));
  logic.stop_serving();
  EXPECT_EQ(ask(explain), 503);
  EXPECT_EQ(ask({"GET", explain.path, tasks + "/cam%201/explain?last=1h"}), 400);
  EXPECT_EQ(ask({"GET", explain.path, tasks + "/none/explain"}), 404);
  EXPECT_EQ(ask({"DELETE", task, tasks + "/none"}), 404);
  EXPECT_EQ(ask({"DELETE", task, tasks + "/cam%201"}), 200);

  EXPECT_EQ(ask({"GET", "/api/v1/nodes", "/api/v1/nodes"}), 200);
  EXPECT_EQ(ask({"GET", "/api/v1/algorithms", "/api/v1/algorithms"}), 200);
  EXPECT_EQ(ask({"GET", "/api/v1/openapi.json", "/api/v1/openapi.json"}), 200);
  EXPECT_EQ(answers_.back()["body"], json::parse(kOpenapiDocument));

  EXPECT_EQ(ask({"GET", alarms, alarms + "?state=parked"}), 200);
  EXPECT_EQ(ask({"GET", alarms, alarms + "?limit=0"}), 400);
  EXPECT_EQ(ask({"GET", alarm, alarms + "/waits"}), 200);
  EXPECT_EQ(ask({"GET", alarm, alarms + "/waits?pictures=1"}), 200);
  EXPECT_EQ(ask({"GET", alarm, alarms + "/none"}), 404);
  EXPECT_EQ(ask({"GET", alarm, alarms + "/%zz"}), 400);
  EXPECT_EQ(ask({"GET", alarm, alarms + "/junk"}), 500);
  EXPECT_EQ(ask({"GET", alarm + "/scene.jpg", alarms + "/waits/scene.jpg"}), 200);
  EXPECT_EQ(ask({"GET", alarm + "/scene.jpg", alarms + "/none/scene.jpg"}), 404);
  EXPECT_EQ(ask({"GET", alarm + "/scene.jpg", alarms + "/%zz/scene.jpg"}), 400);
  EXPECT_EQ(ask({"GET", alarm + "/scene.jpg", alarms + "/junk/scene.jpg"}), 500);
  EXPECT_EQ(ask({"GET", alarm + "/events/{n}.jpg", alarms + "/%zz/events/0.jpg"}), 400);
  EXPECT_EQ(ask({"GET", alarm + "/events/{n}.jpg", alarms + "/junk/events/0.jpg"}), 500);
  EXPECT_EQ(ask({"GET", alarm + "/events/{n}.jpg", alarms + "/waits/events/0.jpg"}), 200);
  EXPECT_EQ(ask({"GET", alarm + "/events/{n}.jpg", alarms + "/waits/events/1.jpg"}), 404);
  EXPECT_EQ(ask({"POST", alarm + "/retry", alarms + "/parked%201/retry"}), 200);
  EXPECT_EQ(ask({"POST", alarm + "/retry", alarms + "/waits/retry"}), 409);
  EXPECT_EQ(ask({"POST", alarm + "/retry", alarms + "/none/retry"}), 404);
  EXPECT_EQ(ask({"POST", alarm + "/retry", alarms + "/%zz/retry"}), 400);
  EXPECT_EQ(ask({"DELETE", alarm, alarms + "/parked%202"}), 200);
  EXPECT_EQ(ask({"DELETE", alarm, alarms + "/waits"}), 409);
  EXPECT_EQ(ask({"DELETE", alarm, alarms + "/none"}), 404);
  EXPECT_EQ(ask({"DELETE", alarm, alarms + "/%zz"}), 400);

  const json document = json::parse(kOpenapiDocument);
  for (const auto& [path, item] : document["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method == "parameters") continue;
      std::string target = path;
      std::replace_if(
          target.begin(), target.end(), [](char c) { return c == '{' || c == '}'; }, 'x');
      EXPECT_EQ(ask({upper(method), path, target}, "another token..."), 401) << method << " " << path;
    }
  }

  const std::string wrongs = complaints();
  if (wrongs == "no jsonschema") GTEST_SKIP() << "there is no python3-jsonschema here";
  EXPECT_EQ(wrongs, "\n");
}

}  // namespace
}  // namespace stream::api::test
