// What every request under /api/v1 has in common when it is refused. The rest of each path is its face's own.
#include <gmock/gmock.h>

#include "node_fixture.hpp"

namespace stream::api::test {
namespace {

using nlohmann::json;
using stream::test::HttpAnswer;
using testing::HasSubstr;

class V1Errors : public NodeFixture {
 protected:
  HttpAnswer ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    return stream::test::http_request(port(), method, path, body);
  }
  HttpAnswer send(const std::string& bytes) {
    stream::test::TcpClient client(port());
    client.send(bytes);
    return client.read_answer();
  }
  // Its members, after a look at those that every problem has.
  static json problem(const HttpAnswer& answer, int status) {
    EXPECT_EQ(answer.status, status) << answer.body;
    const auto type = answer.headers.find("content-type");
    EXPECT_TRUE(type != answer.headers.end() && type->second == "application/problem+json") << answer.body;
    json body = json::parse(answer.body, nullptr, false);
    if (!body.is_object()) return json::object();
    EXPECT_EQ(body["type"], "about:blank");
    EXPECT_EQ(body["status"], status);
    EXPECT_TRUE(body["title"].is_string() && body["detail"].is_string()) << answer.body;
    return body;
  }
};

TEST_F(V1Errors, UnknownPathIs404) {
  start_node();
  for (const char* path : {"/api/v1/", "/api/v1/nothing", "/api/v1/tasks/", "/api/v1/tasks/a/b/c",
                           "/api/v1//alarms", "/api/v1/alarms/../algorithms"}) {
    EXPECT_EQ(problem(ask("GET", path), 404)["title"], "Not Found") << path;
  }
}

TEST_F(V1Errors, UnknownMethodIs405WithWhatIsAllowed) {
  start_node();
  const auto answer = ask("PATCH", "/api/v1/alarms/a");
  EXPECT_EQ(problem(answer, 405)["errors"][0],
            (json{{"where", ""}, {"found", "the method PATCH"}, {"expected", "DELETE, GET, HEAD, OPTIONS"}}));
  EXPECT_EQ(answer.headers.at("allow"), "DELETE, GET, HEAD, OPTIONS");
}

TEST_F(V1Errors, BadBodyIs400WithTheWay) {
  start_node();
  const json broken = problem(ask("PUT", "/api/v1/tasks/one", R"({"InputSrc":{"StreamSrc":[1,oops]}})"), 400);
  EXPECT_EQ(broken["detail"], "/InputSrc/StreamSrc/1: found no valid JSON at byte 29, expected JSON text");
  EXPECT_EQ(broken["errors"],
            json::parse(R"([{"where": "/InputSrc/StreamSrc/1", "found": "no valid JSON at byte 29",
                                               "expected": "JSON text"}])"));
  json wrong = definition("one", "rtsp://h/1");
  wrong["Algorithm"][0]["Type"] = "three";
  const json fault = problem(ask("PUT", "/api/v1/tasks/one", wrong.dump()), 400)["errors"][0];
  EXPECT_EQ(fault["where"], "/Algorithm/0/Type");
  EXPECT_EQ(fault["found"], "\"three\"");
}

TEST_F(V1Errors, BodyThatIsTooLargeIs413) {
  config_.max_body_kib = 4;
  start_node();
  problem(ask("PUT", "/api/v1/tasks/one", std::string(5000, ' ')), 413);
}

TEST_F(V1Errors, BodyOfAnotherTypeIs415) {
  start_node();
  const auto put = [&](const std::string& type) {
    return send("PUT /api/v1/tasks/one HTTP/1.1\r\nContent-Type: " + type +
                "\r\nContent-Length: 2\r\n\r\n{}");
  };
  EXPECT_THAT(problem(put("application/x-www-form-urlencoded"), 415)["detail"].get<std::string>(),
              HasSubstr("expected application/json"));
  problem(put("application/jsonp"), 415);
  problem(put("application"), 415);
  EXPECT_EQ(put("application/json").status, 400) << "that is read, and has no TaskID";
  EXPECT_EQ(put("Application/JSON; charset=utf-8").status, 400);
}

TEST_F(V1Errors, LegacyPathsStayAsTheyWere) {
  start_node();
  for (const auto& answer :
       {ask("GET", "/task/list"), ask("POST", "/task/nothing"), ask("POST", "/task/create", "x"),
        send("POST /task/query HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: "
             "2\r\n\r\n{}")}) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
    EXPECT_EQ(json::parse(answer.body)["Code"], -1);
  }
}

}  // namespace
}  // namespace stream::api::test
