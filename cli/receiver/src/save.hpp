// Received alarms as files: <number>.json and the pictures it names.
#pragma once

#include <cstdint>
#include <filesystem>

#include "stream/common/result.hpp"
#include "stream/receiver/receiver.hpp"

namespace stream::receiver {

// Makes the folder when it does not exist; the highest number of an alarm that is in it, 0 when there is
// none.
Result<std::uint64_t> prepare_save_dir(const std::filesystem::path& dir);

// The JSON comes last and each file appears whole, so whoever sees the JSON can open what it names.
Status save_alarm(const std::filesystem::path& dir, const ReceivedAlarm& alarm);

}  // namespace stream::receiver
