#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "command_line.hpp"
#include "explain_text.hpp"
#include "stream/http/server.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

json stamp(std::int64_t frame) {
  return {{"frame", frame}, {"unix_ms", 1'700'000'000'000 + frame * 40}};
}

json change(const json& stopped_by, std::int64_t first, std::int64_t last, const std::string& text) {
  return {{"stopped_by", stopped_by},
          {"first", stamp(first)},
          {"last", stamp(last)},
          {"frames", last - first + 1},
          {"text", text}};
}

json explanation() {
  const json person = {{"key", "person"},
                       {"frames", 20},
                       {"alarms", 1},
                       {"alarm_frames", {19}},
                       {"changes",
                        {change("area", 1, 16, "anchor 412,310 outside area 1"),
                         change("seen", 17, 18, "seen 2 of 3"), change(nullptr, 19, 19, "alarms")}},
                       {"changes_left_out", 4}};
  return {{"task", "cam1"},
          {"last_ms", 30000},
          {"algorithms",
           {{{"algorithm", 0},
             {"name", "area_intrusion"},
             {"type", 6},
             {"node", "logic-1"},
             {"process", {{"state", "running"}, {"since", 1'700'000'000}, {"reason", ""}}},
             {"complete", false},
             {"notes", {"the ingest-node keeps no frames from before frame 1 (replay_frames, replay_kib)"}},
             {"frames", {{"count", 20}, {"without_objects", 3}, {"first", stamp(1)}, {"last", stamp(20)}}},
             {"newest", stamp(20)},
             {"rules", {{{"rule", "area"}, {"passed", 3}, {"stopped", 16}}}},
             {"objects", {person}},
             {"objects_left_out", 2}}}}};
}

std::string printed(const json& value) {
  std::ostringstream out;
  EXPECT_TRUE(print_explanation(out, value));
  return out.str();
}

TEST(ExplainText, NamesTheRuleWithFramesTimesAndValues) {
  const auto text = printed(explanation());
  EXPECT_THAT(text, HasSubstr("task cam1, the last 30s"));
  EXPECT_THAT(text, HasSubstr("algorithm 0, area_intrusion (type 6), on logic-node logic-1"));
  EXPECT_THAT(text, HasSubstr("stream process: running since "));
  EXPECT_THAT(text, HasSubstr("frames: 20, from frame 1 at "));
  EXPECT_THAT(text, HasSubstr("; 3 without any object"));
  EXPECT_THAT(text, HasSubstr("note: the ingest-node keeps no frames from before frame 1"));
  EXPECT_THAT(text, HasSubstr("\"person\": in 20 frames, 1 alarm: frame 19"));
  EXPECT_THAT(text, HasSubstr("4 changes before are left out"));
  EXPECT_THAT(text, HasSubstr("1-16    16     area        anchor 412,310 outside area 1"));
  EXPECT_THAT(text, HasSubstr("17-18   2      seen        seen 2 of 3"));
  EXPECT_THAT(text, HasSubstr("19      1      - ALARM     alarms"));
  EXPECT_THAT(text, HasSubstr("2 objects that were last seen earlier are left out"));
}

TEST(ExplainText, NoFramesIsSaidFirstOfAll) {
  auto value = explanation();
  auto& algorithm = value["algorithms"][0];
  algorithm["process"] = {
      {"state", "backoff"},
      {"since", 1'700'000'000},
      {"reason", "exit code 1"},
      {"stream_error", {{"text", "cannot open rtsp://u:hunter2@h/"}, {"at", 1'700'000'000}}}};
  algorithm["frames"] = {{"count", 0}, {"without_objects", 0}, {"first", nullptr}, {"last", nullptr}};
  algorithm["rules"] = algorithm["objects"] = json::array();
  const auto text = printed(value);
  EXPECT_THAT(text, HasSubstr("stream process: backoff since "));
  EXPECT_THAT(text, HasSubstr("(exit code 1)"));
  EXPECT_THAT(text, HasSubstr("stream process said: cannot open rtsp://u:***@h/"));
  EXPECT_THAT(text, HasSubstr("frames: none; the last was frame 20 at "));
  EXPECT_THAT(text, Not(HasSubstr("RULE")));
  algorithm["newest"] = nullptr;
  EXPECT_THAT(printed(value), HasSubstr("frames: none\n"));
}

TEST(ExplainText, AnAlgorithmThatCannotBeExplainedSaysWhy) {
  auto value = explanation();
  value["algorithms"].push_back({{"algorithm", 1},
                                 {"name", "yolov8"},
                                 {"type", 4},
                                 {"node", ""},
                                 {"process", {{"state", "ended"}}},
                                 {"error", "no logic-node works on it"}});
  const auto text = printed(value);
  EXPECT_THAT(text, HasSubstr("\nalgorithm 1, yolov8 (type 4)\n"));
  EXPECT_THAT(text, HasSubstr("cannot be explained: no logic-node works on it"));
}

TEST(ExplainText, AnotherAnswerIsNoExplanation) {
  std::ostringstream out;
  for (const char* text : {"null", "[]", "{}", R"({"task":"a","last_ms":"x","algorithms":[]})",
                           R"({"task":"a","last_ms":1,"algorithms":[{}]})"}) {
    EXPECT_FALSE(print_explanation(out, json::parse(text))) << text;
  }
  auto value = explanation();
  value["algorithms"][0]["frames"]["first"]["unix_ms"] = std::int64_t{1} << 62;
  EXPECT_THAT(printed(value), HasSubstr("frame 1 at 23:59:59.999")) << "a year that no calendar has";
}

// An api-node that answers what the test wants.
class ExplainCommandTest : public ::testing::Test {
 protected:
  ExplainCommandTest() {
    router_.add("GET", "/api/v1/tasks/", [this](const http::Request& request) {
      const std::lock_guard lock(mutex_);
      asked_ = request.path + "?" + request.query;
      return answer_;
    });
    server_ = http::Server::start({}, router_, metrics_, "test").value();
  }
  CommandLine::Outcome explain(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "explain");
    arguments.insert(arguments.end(), {"--api", "http://" + server_->address()});
    return streamctl_.run(arguments);
  }
  void will_answer(unsigned status, const json& body) {
    const std::lock_guard lock(mutex_);
    answer_ = {status, body.dump(), "application/json", {}};
  }
  std::string asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  CommandLine streamctl_;
  std::mutex mutex_;
  http::Response answer_;
  std::string asked_;
  Metrics metrics_;
  http::Router router_{1};
  std::unique_ptr<http::Server> server_;
};

TEST_F(ExplainCommandTest, AsksForTheTaskAndTheTime) {
  will_answer(200, explanation());
  const auto outcome = explain({"cam 1/\u65e5", "--last", "2m"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(asked(), "/api/v1/tasks/cam%201%2F%E6%97%A5/explain?last=2m");
  EXPECT_THAT(outcome.out, HasSubstr("anchor 412,310 outside area 1"));
  explain({"cam1"});
  EXPECT_EQ(asked(), "/api/v1/tasks/cam1/explain?last=30s");
}

TEST_F(ExplainCommandTest, JsonIsTheWholeAnswer) {
  will_answer(200, explanation());
  EXPECT_EQ(json::parse(explain({"cam1", "--json"}).out), explanation());
}

TEST_F(ExplainCommandTest, WhatTheNodeSaysIsShown) {
  will_answer(404, {{"detail", "found no task \"cam1\""}});
  const auto outcome = explain({"cam1"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("found no task \"cam1\""));
  will_answer(200, json::array());
  EXPECT_EQ(explain({"cam1"}).exit_code, 1);
  will_answer(500, "x");
  EXPECT_THAT(explain({"cam1"}).err, HasSubstr("found HTTP status 500"));
}

}  // namespace
}  // namespace stream::cli
