#include "stream/decision/case_run.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "stream/common/json_reader.hpp"
#include "stream/decision/decider.hpp"
#include "stream/decision/objects.hpp"
#include "stream/manifest/mapping.hpp"

namespace stream::decision {
namespace {

using manifest::ExpectedAlarm;
using nlohmann::json;

// As the stream process gets it: what the mapping makes of a demo file that says 1.
Result<std::int64_t> sample_interval_of(const manifest::Algorithm& algorithm, const json& task) {
  json demo = {{"channels", json::array({{{"channel_id", 0}, {"sample_interval", 1}}})}};
  const auto done =
      manifest::apply_mapping(algorithm, task, 0, {{manifest::kDemoRole, {{algorithm.demo, &demo}}}});
  if (!done) return tl::unexpected(done.error());
  std::optional<Error> error;
  constexpr std::int64_t kMost = 0x7FFF'FFFF;
  const std::int64_t interval =
      JsonReader(demo, error)["channels"][std::size_t{0}]["sample_interval"].integer(0, kMost);
  if (error) return tl::unexpected(std::move(*error).within(algorithm.demo));
  return std::max<std::int64_t>(interval, 1);
}

Result<manifest::LogicPart> logic_of(const manifest::Algorithm& algorithm, const json& task) {
  const auto logic = manifest::resolve_logic(algorithm, task, 0);
  if (!logic) return tl::unexpected(logic.error());
  return manifest::parse_logic_part(logic->dump());
}

manifest::ExpectedEvent event_of(const FrameMeta& frame, const manifest::LogicPart& part,
                                 const ObjectAlarm& alarm) {
  const Box box = box_of(frame, part.object, alarm.object).value_or(Box{0, 0, frame.width, frame.height});
  const std::int64_t left = box.x, top = box.y;
  return {alarm.key, std::array<std::int64_t, 4>{left, top, left + box.width, top + box.height},
          json::parse(extend_of(frame, part, alarm))};
}

}  // namespace

Result<std::vector<ExpectedAlarm>> alarms_of(const manifest::Algorithm& algorithm, const manifest::Case& one,
                                             const CustomRules* rules) {
  const auto interval = sample_interval_of(algorithm, one.task);
  if (!interval) return tl::unexpected(interval.error());
  const auto part = logic_of(algorithm, one.task);
  if (!part) return tl::unexpected(part.error());
  DeciderOptions options;
  options.sample_interval = *interval;
  options.custom_rules = rules;
  auto decider = Decider::make(*part, options);
  if (!decider) return tl::unexpected(decider.error());
  std::vector<ExpectedAlarm> alarms;
  for (FrameMeta frame : one.frames) {
    if (frame.received_us == 0) frame.received_us = frame.timestamp_us;
    ExpectedAlarm alarm{frame.frame_id, {}};
    for (const auto& object : decider->next_frame(frame))
      alarm.events.push_back(event_of(frame, *part, object));
    if (!alarm.events.empty()) alarms.push_back(std::move(alarm));
  }
  return alarms;
}

}  // namespace stream::decision
