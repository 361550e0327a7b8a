// Alarms as files, for whoever wants them without a receiver.
#pragma once

#include <filesystem>
#include <string_view>

#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::reporter {

// <dir>/<task>/<frame>-<alarm id>.json, names encoded by encode_name().
std::filesystem::path alarm_file(const std::filesystem::path& dir, const Alarm& alarm);

// Writes `report`, the very text that is POSTed, unless the file is there already. Whole or not at all.
// Nothing ever deletes these files: the folder is its owner's.
Status save_alarm(const std::filesystem::path& dir, const Alarm& alarm, std::string_view report);

}  // namespace stream::reporter
