// Runs the cases that an algorithm brings along, without a server.
#pragma once

#include <vector>

#include "stream/common/result.hpp"
#include "stream/manifest/algorithm.hpp"
#include "stream/manifest/cases.hpp"

namespace stream::decision {

// The alarms that come of a case's frames, as a logic-node would make them for its task. A frame that says
// nothing of its arrival arrived when it was taken. kInvalid for a task that the algorithm cannot take.
Result<std::vector<manifest::ExpectedAlarm>> alarms_of(const manifest::Algorithm& algorithm,
                                                       const manifest::Case& one);

}  // namespace stream::decision
