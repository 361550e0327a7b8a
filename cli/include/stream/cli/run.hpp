// The program streamctl, for those who have rules of their own: with them it can run the cases of algorithms
// that use them.
#pragma once

#include "stream/decision/custom_rule.hpp"

namespace stream::cli {

// main() of a streamctl that knows these rules beside those built in. Returns the exit code.
int run_streamctl(int argc, char** argv, const decision::CustomRules& rules);

}  // namespace stream::cli
