// The cases that the shipped algorithms bring along give exactly what they expect.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "object_filter.hpp"
#include "objects.hpp"
#include "stream/manifest/algorithm.hpp"
#include "stream/manifest/cases.hpp"
#include "stream/manifest/mapping.hpp"
#include "task.hpp"

namespace stream::logic {
namespace {

namespace fs = std::filesystem;
using manifest::ExpectedAlarm;

manifest::ExpectedEvent event_of(const FrameMeta& frame, const Rules& rules, std::size_t object) {
  const Box box = box_of(frame, rules, object).value_or(Box{});
  const std::int64_t left = box.x, top = box.y;
  return {keys_in(frame, rules)[object],
          std::array<std::int64_t, 4>{left, top, left + box.width, top + box.height},
          nlohmann::json::parse(extend_of(frame, rules, object))};
}

Result<std::vector<ExpectedAlarm>> decide(const manifest::Algorithm& algorithm, const manifest::Case& one) {
  const auto logic = manifest::resolve_logic(algorithm, one.task, 0);
  if (!logic) return tl::unexpected(logic.error());
  const auto seen = manifest::parse_logic_part(logic->dump())->rules.seen;
  TaskRecord record;
  record.task_id = one.name;
  AlgorithmSpec spec;
  spec.sample_interval = one.task["Algorithm"][0].value("DetectInterval", 1);
  spec.in_frames = seen.in_frames;
  spec.out_frames = seen.out_frames;
  spec.logic_json = logic->dump();
  record.algorithms = {spec};
  const auto task = make_task(record, 0, 10000);
  if (!task) return tl::unexpected(task.error());
  ObjectFilter filter(task->limits);
  std::vector<ExpectedAlarm> alarms;
  for (const FrameMeta& frame : one.frames) {
    ExpectedAlarm alarm{frame.frame_id, {}};
    for (const std::size_t object : filter.next_frame(frame.frame_id, keys_in(frame, task->rules)))
      alarm.events.push_back(event_of(frame, task->rules, object));
    if (!alarm.events.empty()) alarms.push_back(std::move(alarm));
  }
  return alarms;
}

TEST(ShippedAlgorithms, CasesGiveWhatTheyExpect) {
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(STREAM_SOURCE_DIR "/algorithms")) {
    const auto algorithm = manifest::read_algorithm(entry.path());
    ASSERT_TRUE(algorithm) << algorithm.error().message;
    const auto all = manifest::read_cases(entry.path());
    ASSERT_TRUE(all) << all.error().message;
    for (const manifest::Case& one : *all) {
      SCOPED_TRACE(algorithm->name + "/" + one.name);
      const auto decided = decide(*algorithm, one);
      ASSERT_TRUE(decided) << decided.error().message;
      EXPECT_EQ(manifest::differences(one.expected, *decided), std::vector<std::string>());
      ++cases;
    }
  }
  EXPECT_GE(cases, 10);
}

}  // namespace
}  // namespace stream::logic
