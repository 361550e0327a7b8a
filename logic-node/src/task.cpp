#include "task.hpp"

#include "stream/common/assert.hpp"
#include "stream/common/hash.hpp"

namespace stream::logic {

Result<Task> make_task(const TaskRecord& record, std::uint32_t algorithm, std::size_t max_objects,
                       const decision::CustomRules* rules) {
  if (record.task_id.empty()) return fail(ErrorCode::kInvalid, "task_id: found an empty text");
  const auto& spec = record.algorithms.at(algorithm);
  const auto within = [&](Error error) {
    return std::move(error).within(fmt::format("algorithms[{}] ({})", algorithm, spec.name));
  };
  auto logic = manifest::parse_logic_part(spec.logic_json);
  if (!logic) return tl::unexpected(within(std::move(logic.error()).within("logic")));
  Task task{record.task_id,
            record.src_id,
            algorithm,
            spec.type,
            source_of(spec),
            *std::move(logic),
            {spec.sample_interval, max_objects, rules},
            record.report_urls,
            record.report_policy};
  auto decider = decision::Decider::make(task.logic, task.options);
  if (!decider) return tl::unexpected(within(std::move(decider.error())));
  return task;
}

decision::Decider decider_of(const Task& task) {
  auto decider = decision::Decider::make(task.logic, task.options);
  STREAM_ASSERT(decider.has_value(), "checked by make_task(): {}", decider.error().message);
  return *std::move(decider);
}

std::uint64_t counting_of(const Task& task) {
  const auto& [from, key, iou_min] = task.logic.object;
  return fnv1a(
      fmt::format("{} {} {}", static_cast<int>(from), static_cast<int>(key), task.options.sample_interval));
}

}  // namespace stream::logic
