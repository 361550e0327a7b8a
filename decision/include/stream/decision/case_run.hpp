// Runs the cases that an algorithm brings along, without a server.
#pragma once

#include <vector>

#include "stream/common/result.hpp"
#include "stream/decision/custom_rule.hpp"
#include "stream/manifest/algorithm.hpp"
#include "stream/manifest/cases.hpp"

namespace stream::decision {

// The alarms that come of a case's frames, as a logic-node would make them for its task. A frame that says
// nothing of its arrival arrived when it was taken. kInvalid for a task that the algorithm cannot take.
// `rules`: those of one's own that it may name; nullptr: none.
Result<std::vector<manifest::ExpectedAlarm>> alarms_of(const manifest::Algorithm& algorithm,
                                                       const manifest::Case& one,
                                                       const CustomRules* rules = nullptr);

}  // namespace stream::decision
