#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "command_line.hpp"
#include "stream/http/server.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// An api-node that has three pages of a log.
class LogsCommandTest : public ::testing::Test {
 protected:
  LogsCommandTest() {
    router_.add("GET", "/api/v1/tasks/", [this](const http::Request& request) {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request.path + "?" + request.query);
      http::Response response;
      response.body = answers_.at(std::min(asked_.size(), answers_.size()) - 1);
      if (response.body.find("detail") != std::string::npos) {
        response.status = json::parse(response.body).at("status").get<unsigned>();
      }
      if (asked_.size() == answers_.size()) streamctl_.stop = true;
      return response;
    });
    server_ = http::Server::start({}, router_, metrics_, "test").value();
  }

  CommandLine::Outcome logs(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"task", "logs"});
    arguments.insert(arguments.end(), {"--api", "http://" + server_->address()});
    return streamctl_.run(arguments);
  }
  static std::string page(const std::vector<std::string>& lines, const std::string& next, bool gap = false) {
    return json{{"algorithm", 0}, {"lines", lines}, {"next", next}, {"gap", gap}}.dump();
  }

  CommandLine streamctl_;
  std::mutex mutex_;
  std::vector<std::string> answers_;
  std::vector<std::string> asked_;
  Metrics metrics_;
  http::Router router_{1};
  std::unique_ptr<http::Server> server_;
};

TEST_F(LogsCommandTest, LastLinesAreShown) {
  answers_ = {page({"one", "two"}, "0-8")};
  const auto outcome = logs({"a b", "-n", "2", "--algorithm", "1"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "one\ntwo\n");
  EXPECT_EQ(asked_, std::vector<std::string>{"/api/v1/tasks/a%20b/logs?algorithm=1&lines=2&after="});
}

TEST_F(LogsCommandTest, FollowGoesOnWhereThePageEnded) {
  answers_ = {page({"one"}, "0-4"), page({}, "0-4"), page({"five"}, "1-5", true)};
  const auto outcome = logs({"cam1", "-f"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "one\nfive\n");
  EXPECT_THAT(outcome.err, HasSubstr("some lines are missing here"));
  ASSERT_EQ(asked_.size(), 3U);
  EXPECT_THAT(asked_[1], HasSubstr("&after=0-4"));
}

TEST_F(LogsCommandTest, FollowGoesOnWhenTheNodeIsBack) {
  const std::string starting = R"({"detail":"starting","status":503})";
  answers_ = {page({"one"}, "0-4"), starting, starting, page({"two"}, "0-8"), page({}, "0-8")};
  const auto outcome = logs({"cam1", "-f"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "one\ntwo\n");
  EXPECT_EQ(outcome.err, "streamctl: starting; trying again\nstreamctl: it answers again\n");
  EXPECT_THAT(asked_[3], HasSubstr("&after=0-4"));
}

TEST_F(LogsCommandTest, FollowEndsWithTheTask) {
  answers_ = {page({"one"}, "0-4"), R"({"detail":"found no task","status":404})", page({}, "0-4")};
  const auto outcome = logs({"cam1", "-f"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, "streamctl: found no task\n");
}

TEST_F(LogsCommandTest, ControlCharactersDoNotReachTheTerminal) {
  answers_ = {page({"a\x1b[2Jb"}, "0-8")};
  EXPECT_EQ(logs({"cam1"}).out.find('\x1b'), std::string::npos);
}

TEST_F(LogsCommandTest, AnswerOfAnotherVersionIsSaidToBe) {
  answers_ = {R"({"lines":"none"})"};
  const auto outcome = logs({"cam1"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("another answer than this version"));
}

}  // namespace
}  // namespace stream::cli
