// streamctl algorithm test: runs the cases that algorithms bring along, without a server.
#pragma once

#include <string>
#include <vector>

#include "program.hpp"

namespace stream::cli {

// One line a case, and what is different below it. kExitFailed when something is; an error when a folder is
// broken or has no case.
Result<int> test_algorithms(const std::vector<std::string>& folders, Environment& environment);

}  // namespace stream::cli
