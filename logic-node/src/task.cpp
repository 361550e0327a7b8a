#include "task.hpp"

#include "stream/common/hash.hpp"

namespace stream::logic {
namespace {

Status check_at_least_one(const char* name, std::int32_t value) {
  if (value >= 1) return {};
  return fail(ErrorCode::kInvalid, "{}: found {}, expected at least 1", name, value);
}

Status check(const AlgorithmSpec& spec) {
  return check_at_least_one("sample_interval", spec.sample_interval)
      .and_then([&] { return check_at_least_one("in_frames", spec.in_frames); })
      .and_then([&] { return check_at_least_one("out_frames", spec.out_frames); });
}

}  // namespace

Result<Task> make_task(const TaskRecord& record, std::uint32_t algorithm, std::size_t max_objects) {
  if (record.task_id.empty()) return fail(ErrorCode::kInvalid, "task_id: found an empty text");
  const auto& spec = record.algorithms.at(algorithm);
  const auto within = [&](Error error) {
    return std::move(error).within(fmt::format("algorithms[{}] ({})", algorithm, spec.name));
  };
  if (auto status = check(spec); !status) return tl::unexpected(within(std::move(status.error())));
  auto logic = manifest::parse_logic_part(spec.logic_json);
  if (logic && logic->object.key == manifest::ObjectKey::kPosition) {
    logic = fail(ErrorCode::kInvalid, "/object/key: found \"position\", expected another key");
  }
  if (!logic) return tl::unexpected(within(std::move(logic.error()).within("logic")));
  return Task{record.task_id,
              record.src_id,
              algorithm,
              spec.type,
              source_of(spec),
              {spec.sample_interval, static_cast<std::uint64_t>(spec.in_frames),
               static_cast<std::uint64_t>(spec.out_frames), max_objects},
              *std::move(logic),
              record.report_urls,
              record.report_policy};
}

std::uint64_t counting_of(const Task& task) {
  const auto& [sample_interval, in_frames, out_frames, max_objects] = task.limits;
  return fnv1a(fmt::format("{} {} {} {} {}", static_cast<int>(task.logic.object.from),
                           static_cast<int>(task.logic.object.key), sample_interval, in_frames, out_frames));
}

}  // namespace stream::logic
