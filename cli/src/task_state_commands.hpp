// `streamctl task list` and `task show`: how tasks are doing.
#pragma once

#include <CLI/CLI.hpp>

#include "program.hpp"

namespace stream::cli {

void add_task_state_commands(CLI::App& task, Program& program);

}  // namespace stream::cli
