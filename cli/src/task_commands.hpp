// streamctl task create | update | list | query | delete
#pragma once

#include "program.hpp"

namespace stream::cli {

void add_task_commands(CLI::App& app, Program& program);

}  // namespace stream::cli
