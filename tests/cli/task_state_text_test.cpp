#include "task_state_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace stream::cli {
namespace {

using nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNow = 100'000;

json stalled() {
  const json running = {
      {"type", 3}, {"name", "yolov5"}, {"state", "running"}, {"since", 10}, {"fps_posted", 25.0}};
  const json stalled = {{"type", 16},
                        {"name", "plates"},
                        {"state", "stalled"},
                        {"since", kNow - 40},
                        {"reason_code", "no_video"},
                        {"reason", "no video for 30 s"},
                        {"pid", 7},
                        {"restarts", 2},
                        {"fps_in", 0.0},
                        {"fps_posted", 0.0},
                        {"memory_mib", 100},
                        {"ingest_node", "ingest-1"},
                        {"last_frame_at", kNow - 600},
                        {"last_exit", "exit code 3"}};
  return {{"task", "任务1"},
          {"src_id", "gate"},
          {"node", "api-1"},
          {"algorithms", json::array({running, stalled})}};
}

TEST(TaskStateText, TableShowsWhyATaskIsWhatItIs) {
  std::ostringstream out;
  print_task_table(out, json::array({stalled()}), kNow);
  EXPECT_THAT(out.str(), ContainsRegex("任务1 +stalled +40 s +0.0 +2 +api-1 +gate +no video for 30 s\n"));
}

TEST(TaskStateText, OneTaskIsShownWithAllOfItsProcesses) {
  std::ostringstream out;
  print_task(out, stalled(), {{}, {"Start reconnected, url: rtsp://u:geheim@h/1", "bye\x1b[2J"}}, kNow);
  for (const char* part :
       {"任务1: stalled, source gate, on api-1", "yolov5 (3): running for 28 h",
        "plates (16): stalled for 40 s", "no video for 30 s (no_video)", "pid 7, 2 restarts, 100 MiB",
        "last exit   exit code 3", "0.0 decoded, 0.0 posted to ingest-1, the last 10 min ago",
        "| Start reconnected"}) {
    EXPECT_THAT(out.str(), HasSubstr(part));
  }
  EXPECT_THAT(out.str(), Not(HasSubstr("geheim")));
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b")));
}

TEST(TaskStateText, WhatIsMissingOrElseIsADash) {
  std::ostringstream out;
  print_task_table(out, json::array({json::object(), 5, {{"task", "x"}, {"algorithms", 7}}}), kNow);
  EXPECT_THAT(out.str(), ContainsRegex("x +- +- +- +- +- +- +-\n"));
  print_task(out, {{"algorithms", json::array({5})}}, {}, kNow);
  EXPECT_THAT(out.str(), HasSubstr("- (-): - for -"));
}

}  // namespace
}  // namespace stream::cli
