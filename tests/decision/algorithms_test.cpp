// The cases that the shipped algorithms bring along give exactly what they expect.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "stream/decision/decider.hpp"
#include "stream/decision/objects.hpp"
#include "stream/manifest/algorithm.hpp"
#include "stream/manifest/cases.hpp"
#include "stream/manifest/mapping.hpp"

namespace stream::decision {
namespace {

namespace fs = std::filesystem;
using manifest::ExpectedAlarm;

manifest::ExpectedEvent event_of(const FrameMeta& frame, const manifest::LogicPart& part,
                                 const ObjectAlarm& alarm) {
  const Box box = box_of(frame, part.object, alarm.object).value_or(Box{});
  const std::int64_t left = box.x, top = box.y;
  return {alarm.key, std::array<std::int64_t, 4>{left, top, left + box.width, top + box.height},
          nlohmann::json::parse(extend_of(frame, part, alarm))};
}

Result<std::vector<ExpectedAlarm>> decide(const manifest::Algorithm& algorithm, const manifest::Case& one) {
  const auto logic = manifest::resolve_logic(algorithm, one.task, 0);
  if (!logic) return tl::unexpected(logic.error());
  const auto part = manifest::parse_logic_part(logic->dump());
  if (!part) return tl::unexpected(part.error());
  auto decider = Decider::make(*part, {one.task["Algorithm"][0].value("DetectInterval", 1)});
  if (!decider) return tl::unexpected(decider.error());
  std::vector<ExpectedAlarm> alarms;
  for (const FrameMeta& frame : one.frames) {
    ExpectedAlarm alarm{frame.frame_id, {}};
    for (const auto& object : decider->next_frame(frame))
      alarm.events.push_back(event_of(frame, *part, object));
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
}  // namespace stream::decision
