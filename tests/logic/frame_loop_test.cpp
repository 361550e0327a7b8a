#include "frame_loop.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "tasks.hpp"

namespace stream::logic {
namespace {

class Loop : public ::testing::Test {
 protected:
  static TaskPtr task(const std::string& id) {
    return std::make_shared<const Task>(make_task(plate_task(id), 0, 2).value());
  }

  void publish(const FrameMeta& frame) {
    EXPECT_EQ(publisher_->publish(topics::frame(frame.task_id, 0), encode(frame)), bus::PublishResult::kSent);
  }

  double task_count(const std::string& what) {
    return metrics_.counter("stream_logic_task_" + what + "_total", "", {{"task", "t"}, {"algorithm", "0"}})
        .value();
  }

  const std::unique_ptr<bus::Bus> bus_ = bus::make_memory_bus();
  const std::unique_ptr<bus::Publisher> publisher_ = bus_->make_publisher();
  Metrics metrics_;
  Counters counters_{metrics_};
};

TEST_F(Loop, EveryPublishedFrameIsProcessedOrCountedAsLost) {
  std::promise<void> release, held;
  FrameLoop loop(*bus_, metrics_, counters_, 10, [&](const Decision&) {
    held.set_value();
    release.get_future().wait();
  });
  loop.assign({task("t")});
  ASSERT_TRUE(eventually([&] { return loop.settled(); }));
  constexpr int kFrames = 100;
  publish(plate_frame("t", 0, "x"));
  publish(plate_frame("t", 1, "x"));
  held.get_future().wait();  // the loop reads no more until released
  for (int i = 2; i < kFrames; ++i) publish(plate_frame("t", i, ""));
  release.set_value();
  // The gap shows with the frame after it.
  ASSERT_TRUE(eventually([&] { return counters_.frames_processed.value() == 12; }));
  publish(plate_frame("t", kFrames, ""));
  ASSERT_TRUE(eventually([&] { return counters_.frames_processed.value() == 13; }));
  EXPECT_EQ(counters_.frames_lost.value(), kFrames + 1 - 13);
  EXPECT_EQ(task_count("frames_processed") + task_count("frames_lost"), kFrames + 1);
  EXPECT_EQ(task_count("alarms"), 1);
}

TEST_F(Loop, ObjectsOverTheBoundAreCounted) {
  FrameLoop loop(*bus_, metrics_, counters_, 100, [](const Decision&) {});
  loop.assign({task("t")});
  ASSERT_TRUE(eventually([&] { return loop.settled(); }));
  for (int i = 0; i < 3; ++i) publish(plate_frame("t", i, std::to_string(i)));
  ASSERT_TRUE(eventually([&] { return counters_.frames_processed.value() == 3; }));
  EXPECT_EQ(counters_.objects_crowded_out.value(), 1);
}

TEST(TaskCounters, TasksOverTheBoundShareTheirCounters) {
  Metrics metrics;
  TaskCounterSource source(metrics, 2);
  for (const std::string id : {"a", "b", "c", "d", "a"}) source.counters_for(id, 0).processed.add();
  const auto value = [&](const std::string& task, const std::string& algorithm) {
    return metrics
        .counter("stream_logic_task_frames_processed_total", "", {{"task", task}, {"algorithm", algorithm}})
        .value();
  };
  EXPECT_EQ(value("a", "0"), 2);
  EXPECT_EQ(value("b", "0"), 1);
  EXPECT_EQ(value("others", ""), 2);
}

}  // namespace
}  // namespace stream::logic
