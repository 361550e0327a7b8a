// streamctl migrate: takes over the tasks of the Python server.
#pragma once

#include "program.hpp"

namespace stream::cli {

void add_migrate_command(CLI::App& app, Program& program);

}  // namespace stream::cli
