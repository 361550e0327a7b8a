// What "why was there no alarm?" costs while nobody asks: nothing. The reasons are texts, so each of them is
// an allocation, and these are counted.
#include <gtest/gtest.h>

#include "../tasks.hpp"
#include "allocations.hpp"
#include "stream/bus/memory_bus.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "task_run.hpp"

namespace stream::logic {
namespace {

constexpr std::uint64_t kObjects = 200;
constexpr std::uint64_t kSome = 50;  // for the frame itself, however many objects are in it
constexpr std::int64_t kWarmUp = 20;

TaskRecord record() {
  auto record = plate_task("t");
  record.algorithms[0].logic_json =
      R"({"object": {"from": "detections", "key": "class"},
          "rules": {"area": {"areas": [[{"x": 900, "y": 900}, {"x": 950, "y": 900}, {"x": 950, "y": 950}]]}}})";
  return record;
}

TaskPtr task() {
  return std::make_shared<const Task>(make_task(record(), 0, 10'000).value());
}

// All of it is outside the area.
FrameMeta frame(std::int64_t id) {
  FrameMeta frame;
  frame.task_id = "t";
  frame.ref = {"127.0.0.1:9", 7, static_cast<std::uint64_t>(id)};
  frame.frame_id = id;
  frame.number = static_cast<std::uint64_t>(id);
  frame.width = 640;
  frame.height = 480;
  for (std::uint64_t i = 0; i < kObjects; ++i) {
    frame.detections.push_back({{10, 20, 30, 40}, static_cast<std::int32_t>(i), "", 0.5F});
  }
  return frame;
}

// Of one frame, when those before it have filled whatever is used again.
std::uint64_t allocations_of_decider(bool asked) {
  auto decider = decider_of(*task());
  std::uint64_t before = 0;
  for (std::int64_t id = 1; id <= kWarmUp; ++id) {
    std::vector<decision::Verdict> why;
    why.reserve(kObjects);
    const auto seen = frame(id);
    before = allocations();
    decider.next_frame(seen, asked ? &why : nullptr);
  }
  return allocations() - before;
}

std::uint64_t allocations_of_task_run() {
  const auto bus = bus::make_memory_bus();
  Metrics metrics;
  Counters counters{metrics};
  TaskCounters task_counters{metrics, {}};
  ByteBudget budget{1 << 20};
  TaskRun::Time now{std::chrono::hours(1)};
  TaskRun run(
      "st/t/0", {"me", 1}, [](std::string_view, std::uint64_t) { return false; }, TaskRunOptions{}, counters,
      budget);
  const auto settle = [&] {
    for (;;) {
      const auto work = run.next(now);
      if (work.confirm) {
        run.confirmed(source_of(record().algorithms[0]), now);
        now += std::chrono::milliseconds(100);
      }
      if (work.call) {
        const auto* write = std::get_if<ownership::WriteState>(&*work.call);
        run.answered(write != nullptr ? ownership::Answer(bus->cas("st/t/0", write->expected, write->value))
                                      : ownership::Answer(bus->get("st/t/0")),
                     now);
      }
      if (!work.call && !work.confirm) return;
    }
  };
  run.own(task(), task_counters);
  settle();
  EXPECT_TRUE(run.running());
  std::uint64_t before = 0;
  for (std::int64_t id = 1; id <= kWarmUp; ++id) {
    auto seen = frame(id);
    before = allocations();
    run.on_frame(std::move(seen), now);
    settle();
  }
  const auto made = allocations() - before;
  EXPECT_EQ(counters.frames_processed.value(), kWarmUp);
  return made;
}

TEST(ExplainCost, ADeciderMakesTextsOnlyForWhoeverAsks) {
  EXPECT_GE(allocations_of_decider(true), allocations_of_decider(false) + kObjects);
}

TEST(ExplainCost, TheNodeDecidesWithoutAsking) {
  EXPECT_LE(allocations_of_task_run(), allocations_of_decider(false) + kSome);
}

}  // namespace
}  // namespace stream::logic
