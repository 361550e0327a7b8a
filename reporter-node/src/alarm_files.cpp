#include "alarm_files.hpp"

#include <system_error>

#include "stream/common/encode.hpp"
#include "stream/common/files.hpp"

namespace stream::reporter {

std::filesystem::path alarm_file(const std::filesystem::path& dir, const Alarm& alarm) {
  // encode_name() wants something to encode; a task or alarm without a name is still one alarm.
  const auto name = [](const std::string& text) { return text.empty() ? "~" : encode_name(text); };
  return dir / name(alarm.task_id) / fmt::format("{}-{}.json", alarm.frame_index, name(alarm.id));
}

Status save_alarm(const std::filesystem::path& dir, const Alarm& alarm, std::string_view report) {
  const auto path = alarm_file(dir, alarm);
  std::error_code error;
  if (std::filesystem::exists(path, error)) return {};
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return fail(ErrorCode::kUnavailable, "{}: {}", path.parent_path().string(), error.message());
  return write_file(path, report);
}

}  // namespace stream::reporter
