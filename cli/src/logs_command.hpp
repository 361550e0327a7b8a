// streamctl task logs
#pragma once

#include "program.hpp"

namespace stream::cli {

// `task`: the command that it is a part of.
void add_logs_command(CLI::App& task, Program& program);

}  // namespace stream::cli
