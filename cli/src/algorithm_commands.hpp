// streamctl algorithm list | show | validate | test | add | dry-run
#pragma once

#include "program.hpp"

namespace stream::cli {

void add_algorithm_commands(CLI::App& app, Program& program);

}  // namespace stream::cli
