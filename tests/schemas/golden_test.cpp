// The golden messages in schemas/fixtures were written by an early version and must decode for ever. A new
// member does not change them: it keeps its default. To add a message kind: write its file once with
// STREAM_WRITE_MISSING_GOLDEN=1 and commit it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "samples.hpp"
#include "stream/schemas/codec.hpp"

namespace stream {
namespace {

template <class Message>
void expect_golden(const std::string& name, const Message& expected) {
  const std::filesystem::path file =
      std::filesystem::path(STREAM_SOURCE_DIR) / "schemas/fixtures" / (name + ".v1.msgpack");
  if (!std::filesystem::exists(file) && std::getenv("STREAM_WRITE_MISSING_GOLDEN") != nullptr) {
    std::ofstream(file, std::ios::binary) << encode(expected);
  }
  std::ifstream in(file, std::ios::binary);
  ASSERT_TRUE(in) << file << " is missing";
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto message = decode<Message>(bytes);
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(*message, expected);
}

TEST(GoldenMessages, Frame) {
  expect_golden("frame", samples::frame());
}
TEST(GoldenMessages, Batch) {
  expect_golden("batch", samples::batch());
  EXPECT_EQ(decode<FrameMeta>(samples::batch().frames[1])->number, 7U);
}
TEST(GoldenMessages, Alarm) {
  expect_golden("alarm", samples::alarm());
}
TEST(GoldenMessages, Event) {
  expect_golden("event", samples::event());
}
TEST(GoldenMessages, SystemEvent) {
  expect_golden("system_event", samples::system_event());
}
TEST(GoldenMessages, BegunEvents) {
  expect_golden("begun_events", samples::begun_events());
}
TEST(GoldenMessages, Report) {
  expect_golden("report", samples::report());
}
TEST(GoldenMessages, Task) {
  expect_golden("task", samples::task());
}
TEST(GoldenMessages, Delivery) {
  expect_golden("delivery", samples::delivery());
}
TEST(GoldenMessages, Flow) {
  expect_golden("flow", samples::flow());
}
TEST(GoldenMessages, States) {
  expect_golden("states", samples::states());
}
TEST(GoldenMessages, Node) {
  expect_golden("node", samples::node());
}
TEST(GoldenMessages, OwnedState) {
  expect_golden("state", samples::state());
}
TEST(GoldenMessages, RuleState) {
  expect_golden("rule_state", samples::rule_state());
}
TEST(GoldenMessages, LogicState) {
  expect_golden("logic_state", samples::logic_state());
}
TEST(GoldenMessages, AlarmDraft) {
  expect_golden("alarm_draft", samples::draft());
}

}  // namespace
}  // namespace stream
