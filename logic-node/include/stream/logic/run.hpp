// The program stream-logic, for those who add rules of their own to it.
#pragma once

#include "stream/decision/custom_rule.hpp"

namespace stream::logic {

// main() of a logic-node that has these rules beside those built in: flags, configuration and what it does
// are stream-logic's. Returns the exit code. Call it before any thread exists.
int run_logic_node(int argc, char** argv, const decision::CustomRules& rules);

}  // namespace stream::logic
