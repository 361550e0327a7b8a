// The body of one upload, judged as application-web judges it. Pure: no I/O.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "stream/receiver/receiver.hpp"

namespace stream::receiver {

// The array of alarms, or nothing when the body is not one or any value in it has the wrong type.
std::optional<nlohmann::json> read_upload(std::string_view body);

enum class Rejection { kParameter, kPicture };

// One alarm of read_upload(), with its pictures decoded and checked; `number` is left 0.
tl::expected<ReceivedAlarm, Rejection> read_alarm(const nlohmann::json& alarm);

}  // namespace stream::receiver
