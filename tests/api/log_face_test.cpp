#include "log_face.hpp"

#include <fstream>

#include "node_fixture.hpp"
#include "stream/common/eventually.hpp"

namespace stream::api::test {
namespace {

using nlohmann::json;

class LogFaceTest : public NodeFixture {
 protected:
  LogFaceTest() {
    start_ingest();
    start_node();
    EXPECT_EQ(post("create", definition("a b", "rtsp://user:secret@10.0.0.1/dark"))["Code"], 0);
    // Its own first line, so that what is added here stays the end.
    EXPECT_TRUE(eventually([&] { return log_of("a b").find("cwd ") != std::string::npos; }));
    std::ofstream(task_dir("a b") / "0/stream.log", std::ios::app)
        << "Start reconnected, url: rtsp://user:secret@10.0.0.1/dark\nlast\n";
  }
  json get(const std::string& below, int expected = 200) {
    const auto answer = stream::test::http_request(port(), "GET", "/api/v1/tasks/" + below);
    EXPECT_EQ(answer.status, expected) << answer.body;
    return json::parse(answer.body, nullptr, false);
  }
};

TEST_F(LogFaceTest, LastLinesAreShownWithoutPasswords) {
  const json page = get("a%20b/logs?lines=2");
  EXPECT_EQ(page["algorithm"], 0);
  EXPECT_EQ(page["lines"], (json{"Start reconnected, url: rtsp://user:***@10.0.0.1/dark", "last"}));
  EXPECT_EQ(page["gap"], false);
}

TEST_F(LogFaceTest, StateOfOneTaskHasTheLastLines) {
  std::ofstream(task_dir("a b") / "0/stream.log", std::ios::app) << "1\n2\n3\n";
  const json lines = get("a%20b")["algorithms"][0]["last_log"];
  EXPECT_EQ(lines, (json{"Start reconnected, url: rtsp://user:***@10.0.0.1/dark", "last", "1", "2", "3"}));
  const auto list = stream::test::http_request(port(), "GET", "/api/v1/tasks");
  EXPECT_FALSE(json::parse(list.body)["tasks"][0]["algorithms"][0].contains("last_log"));
}

TEST_F(LogFaceTest, NextPageHasWhatCameSince) {
  const std::string next = get("a%20b/logs")["next"];
  std::ofstream(task_dir("a b") / "0/stream.log", std::ios::app) << "more\n";
  EXPECT_EQ(get("a%20b/logs?after=" + next)["lines"], json{"more"});
}

TEST_F(LogFaceTest, WrongRequestsAreToldWhatIsWrong) {
  EXPECT_EQ(get("unknown/logs", 404)["detail"], "found no task \"unknown\"");
  EXPECT_EQ(get("a%20b/logs?algorithm=1", 404)["detail"],
            "algorithm: found 1, but the task has 1, counted from 0");
  EXPECT_EQ(get("a%20b/logs?lines=0", 400)["detail"], "lines: found \"0\", expected 1 to 10000");
  get("a%20b/logs?lines=x", 400);
  get("a%20b/logs?after=x", 400);
  get("a%2/logs", 400);
  get("a%20b/else", 404);
}

}  // namespace
}  // namespace stream::api::test
