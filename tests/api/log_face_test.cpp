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

TEST_F(LogFaceTest, PasswordOfBeforeIsStillMaskedAfterItWasChanged) {
  const auto log = [&] { return std::ofstream(task_dir("a b") / "0/stream.log", std::ios::app); };
  const pid_t before = pid("a b");
  EXPECT_EQ(post("create", definition("a b", "rtsp://operator:12 3@10.0.0.1/dark"))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return pid("a b") != 0 && pid("a b") != before; }));
  log() << "no video from rtsp://operator:12 3@10.0.0.1/dark\n";
  EXPECT_EQ(post("create", definition("a b", "rtsp://operator:4 5@10.0.0.1/dark"))["Code"], 0);
  EXPECT_EQ(get("a%20b/logs").dump().find("12 3"), std::string::npos);
  EXPECT_NE(get("a%20b/logs").dump().find("no video from rtsp://operator:***@10.0.0.1/dark"),
            std::string::npos);
  stop_node();
  start_node();
  ASSERT_TRUE(eventually([&] { return pid("a b") != 0; }));
  EXPECT_EQ(get("a%20b/logs").dump().find("12 3"), std::string::npos) << "another api-node has forgotten it";
}

TEST_F(LogFaceTest, LastWordsWithoutALineEndAreShown) {
  EXPECT_EQ(post("create", definition("u", (data_.path() / "unfinished").string()))["Code"], 0);
  EXPECT_TRUE(eventually([&] {
    const json lines = get("u/logs")["lines"];
    return !lines.empty() && lines.back() == "fatal: no licence";
  }));
  EXPECT_TRUE(eventually([&] { return log_of("u").find("fatal: no licence\ncwd ") != std::string::npos; }))
      << "the next begins with its own line";
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
