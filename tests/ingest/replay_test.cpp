// Frames that somebody missed, fetched by number.
#include <gmock/gmock.h>

#include "node_fixture.hpp"
#include "stream/common/encode.hpp"

namespace stream::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Replay : public NodeTest {
 protected:
  // Starts, posts `count` frames with the ids 0, 1, ..., and learns the node's boot.
  void start_with(int count, const IngestConfig& changed = {}) {
    start(changed);
    for (int i = 0; i < count; ++i) ASSERT_EQ(post(plate_body(i)).status, 200);
    const auto subscriber = subscribe(topics::frame("cam", 0));
    const auto first = next_frame(*subscriber);
    boot = first.ref.boot;
    first_received = first.number;
  }
  test::HttpAnswer after(std::string_view rest) {
    return get(fmt::format("/frames/{}/after/{}", boot, rest));
  }
  // The numbers in a batch; its frame ids are checked to belong to them.
  std::vector<std::uint64_t> numbers(const test::HttpAnswer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.headers.at("content-type"), "application/msgpack");
    const auto batch = decode<FrameBatch>(answer.body);
    if (!batch) {
      ADD_FAILURE() << batch.error().message;
      return {};
    }
    std::vector<std::uint64_t> numbers;
    for (const auto& frame : batch->frames) {
      const auto meta = decode<FrameMeta>(frame).value_or(FrameMeta{});
      EXPECT_EQ(meta.frame_id + 1, static_cast<std::int64_t>(meta.number));
      EXPECT_EQ(meta.task_id, "cam");
      numbers.push_back(meta.number);
    }
    return numbers;
  }

  std::uint64_t boot = 0, first_received = 0;
};

TEST_F(Replay, GivesWhatCameAfterANumber) {
  start_with(5);
  EXPECT_EQ(first_received, 1U);
  EXPECT_THAT(numbers(after("cam/0/0")), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(numbers(after("cam/0/3")), ElementsAre(4, 5));
  EXPECT_THAT(numbers(after("cam/0/5")), IsEmpty());
  EXPECT_THAT(numbers(after("cam/0/18446744073709551615")), IsEmpty());
  EXPECT_EQ(metric(R"(stream_ingest_task_frames_total{algorithm="0",task="cam"})"), 5);
  EXPECT_EQ(metric("stream_ingest_frames_replayed_total"), 7);
  EXPECT_EQ(metric(R"(stream_ingest_fetches_total{result="replay"})"), 4);
}

TEST_F(Replay, FramesBeforeTheOldestAreGone) {
  IngestConfig small;
  small.replay_frames = 2;
  start_with(5, small);
  EXPECT_EQ(first_received, 4U);
  EXPECT_THAT(numbers(after("cam/0/0")), ElementsAre(4, 5));
  EXPECT_EQ(metric(R"(stream_ingest_frames_dropped_total{reason="no_consumer"})"), 3);
  EXPECT_EQ(metric("stream_ingest_frames_published_total"), 2);
}

TEST_F(Replay, BatchesAreBounded) {
  start_with(300);
  const auto first = numbers(after("cam/0/0"));
  ASSERT_EQ(first.size(), 256U);
  EXPECT_EQ(first.back(), 256U);
  const auto second = numbers(after("cam/0/256"));
  EXPECT_EQ(second.size(), 44U);
  EXPECT_EQ(second.front(), 257U);
}

TEST_F(Replay, OnlyFramesThatAreTakenGetANumber) {
  start_with(1);
  EXPECT_EQ(post("{}").status, 400);
  EXPECT_EQ(post(R"({"error":"SUCCESS"})").status, 200);
  EXPECT_EQ(post(plate_body(1)).status, 200);
  EXPECT_THAT(numbers(after("cam/0/0")), ElementsAre(1, 2));
}

TEST_F(Replay, WhatIsNotThereIs404WithAReason) {
  start_with(1);
  EXPECT_THAT(after("cam/1/0").body, HasSubstr("no such task and algorithm"));
  EXPECT_EQ(after("cam/1/0").status, 404);
  EXPECT_EQ(after("other/0/0").status, 404);
  EXPECT_EQ(after("cam/0/-1").status, 404);
  EXPECT_EQ(after("cam/0/18446744073709551616").status, 404);
  EXPECT_THAT(after("cam/0/x").body, HasSubstr("expected /frames/<boot>"));
  const auto stranger = get(fmt::format("/frames/{}/after/cam/0/0", boot + 1));
  EXPECT_EQ(stranger.status, 404);
  EXPECT_THAT(stranger.body, HasSubstr("another boot"));
}

TEST_F(Replay, RingStaysAsLongAsTheTask) {
  start_with(2);
  const auto key = topics::task_key("cam");
  auto entry = memory_bus->get(key).value();
  auto task = decode<TaskRecord>(entry->value).value();
  task.should_run = false;
  const auto stopped = memory_bus->cas(key, entry->revision, encode(task));
  ASSERT_TRUE(stopped.done());
  const auto known = [&] {
    const auto self = memory_bus->get(topics::node_key("ingest", "ingest-1"));
    return decode<NodeRecord>((*self)->value)->tasks_revision;
  };
  ASSERT_TRUE(eventually([&] { return known() == stopped.revision; }));
  EXPECT_THAT(numbers(after("cam/0/0")), ElementsAre(1, 2));
  ASSERT_TRUE(memory_bus->cas(key, stopped.revision, std::nullopt).done());
  EXPECT_TRUE(eventually([&] { return after("cam/0/0").status == 404; }));
}

TEST_F(Replay, AnyTaskIdIsOneLevel) {
  TaskRecord task;
  task.task_id = "任务/1";
  task.algorithms.emplace_back();
  task.algorithms.emplace_back().path_key = "other-key";
  ASSERT_TRUE(memory_bus->cas(topics::task_key(task.task_id), 0, encode(task)).done());
  start_with(1);
  ASSERT_EQ(post(plate_body(9), "/frames/in/other-key").status, 200);
  const auto answer = after(encode_name(task.task_id) + "/1/0");
  ASSERT_EQ(answer.status, 200);
  const auto batch = decode<FrameBatch>(answer.body);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->frames.size(), 1U);
  EXPECT_EQ(decode<FrameMeta>(batch->frames[0])->task_id, task.task_id);
}

}  // namespace
}  // namespace stream::ingest
