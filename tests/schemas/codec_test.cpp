#include "stream/schemas/codec.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "samples.hpp"

namespace stream {
namespace {

template <class Message>
void expect_round_trip(const Message& message) {
  const auto back = decode<Message>(encode(message));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, message);
}

TEST(Codec, EveryKindComesBackAsItWas) {
  expect_round_trip(samples::frame());
  expect_round_trip(samples::batch());
  expect_round_trip(samples::alarm());
  expect_round_trip(samples::event());
  expect_round_trip(samples::report());
  expect_round_trip(samples::task());
  expect_round_trip(samples::flow());
  expect_round_trip(samples::states());
  expect_round_trip(samples::node());
  expect_round_trip(samples::delivery());
  expect_round_trip(samples::state());
  expect_round_trip(samples::rule_state());
  auto state = samples::logic_state();
  state.memory = samples::rule_state();
  state.memory.custom = {{"loitering", std::string("\x81\0\xff", 3)}};
  expect_round_trip(state);
  expect_round_trip(samples::draft());
}

TEST(Codec, DefaultsComeBackAsTheyWere) {
  expect_round_trip(FrameMeta{});
  expect_round_trip(Alarm{});
  expect_round_trip(TaskRecord{});
}

TEST(Codec, TaskThatIsOverTellsHowItEnded) {
  TaskRecord task = samples::task();
  task.ends = samples::states().tasks[0].processes;
  expect_round_trip(task);
}

// The same name and type in another struct would decode by accident; a message must say what it lacks by
// defaults only.
TEST(Codec, UnknownKeysAreIgnoredAndMissingOnesKeepTheirDefaults) {
  std::string bytes = {static_cast<char>(kWireVersion)};
  bytes += "\x82";  // a map of two
  bytes +=
      "\xA4"
      "kind\xA4"
      "gone";  // known
  bytes +=
      "\xA6"
      "future\x93\x01\xC0\xC3";  // not known: [1, nil, true]
  const auto event = decode<TaskEvent>(bytes);
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->kind, "gone");
  EXPECT_EQ(event->task_id, "");
}

TEST(Codec, WrongTypesAreNamedWithTheirPlace) {
  std::string bytes = {static_cast<char>(kWireVersion)};
  bytes +=
      "\x81\xAA"
      "detections\x91\x81\xA3"
      "box\x81\xA1x\xA1?";
  const auto frame = decode<FrameMeta>(bytes);
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().message, "detections[0].box.x: found a string, expected an integer");
}

TEST(Codec, NumberOfAFrameComesBackWhole) {
  FrameMeta frame;
  frame.number = 0xFFFF'FFFF'FFFF'FFFFU;
  expect_round_trip(frame);
}

TEST(Codec, FramesOfABatchAreBytes) {
  std::string bytes = {static_cast<char>(kWireVersion)};
  bytes +=
      "\x81\xA6"
      "frames\x92\xC4\x01y\xA1x";
  EXPECT_EQ(decode<FrameBatch>(bytes).error().message, "frames[1]: found a string, expected bytes");
}

TEST(Codec, NumbersThatDoNotFitAreErrors) {
  std::string bytes = {static_cast<char>(kWireVersion)};
  bytes +=
      "\x81\xA7"
      "channel\xCE\xFF\xFF\xFF\xFF";
  const auto frame = decode<FrameMeta>(bytes);
  ASSERT_FALSE(frame);
  EXPECT_NE(frame.error().message.find("channel: found an integer out of range"), std::string::npos);
}

TEST(Codec, OtherVersionsAndRubbishAreErrors) {
  EXPECT_FALSE(decode<FrameMeta>(""));
  EXPECT_EQ(decode<FrameMeta>("\x09\x80").error().message, "found wire version 9, expected 1");
  EXPECT_FALSE(decode<FrameMeta>("\x01\x01"));
  EXPECT_FALSE(decode<FrameMeta>(encode(FrameMeta{}) + "x"));
  EXPECT_FALSE(decode<FrameMeta>(std::string_view("\x01\xDF\xFF\xFF\xFF\xFF", 6)));  // a map of 4 billion
  EXPECT_FALSE(
      decode<FrameMeta>(std::string(1, '\x01') + std::string(100000, '\x91')));  // nested 100 000 deep
}

// Seeded: a failure names the round, and the same round fails again.
TEST(Codec, DamagedMessagesNeverCrash) {
  std::mt19937 random(20240601);
  const std::vector<std::string> originals = {encode(samples::frame()), encode(samples::alarm()),
                                              encode(samples::task())};
  std::size_t decoded = 0;
  for (int round = 0; round < 30000; ++round) {
    std::string bytes = originals[random() % originals.size()];
    for (unsigned change = random() % 4 + 1; change > 0; --change) {
      const std::size_t at = 1 + random() % (bytes.size() - 1);
      if (random() % 4 == 0) {
        bytes.resize(std::max<std::size_t>(2, at));
      } else {
        bytes[at] = static_cast<char>(random());
      }
    }
    SCOPED_TRACE(round);
    if (const auto frame = decode<FrameMeta>(bytes)) {
      ++decoded;
      // What decodes encodes again: no value is left half made.
      ASSERT_TRUE(decode<FrameMeta>(encode(*frame)));
    }
  }
  EXPECT_GT(decoded, 0U);
  EXPECT_LT(decoded, 30000U);
}

TEST(DisplayJson, ShowsPicturesAsTheirSize) {
  const auto shown = to_display_json(samples::alarm());
  EXPECT_EQ(shown["scene"], "<not a jpeg, 5 B>");
  EXPECT_EQ(shown["events"][0]["key"], "京A12345");
  EXPECT_EQ(shown["frame_index"], 1234);
}

}  // namespace
}  // namespace stream
