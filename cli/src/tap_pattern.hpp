// What a person writes to say which topics to listen to.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::cli {

inline constexpr std::array<std::string_view, 5> kTopicKinds{"frame", "body", "alarm", "event", "report"};

// KIND[/TASK[/ALGORITHM]] as the topic prefixes to subscribe to. KIND may be written in the plural; "*" is
// every kind but body, which has to be asked for by name because it makes the ingest-nodes send whole frames.
// "system" is the events that are of no task alone. TASK is the id as the user knows it. A last level of
// digits is the algorithm, for the kinds that have one. kInvalid for any other kind.
Result<std::vector<std::string>> topic_prefixes(std::string_view pattern);

}  // namespace stream::cli
