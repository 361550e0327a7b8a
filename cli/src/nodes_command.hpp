// streamctl nodes: who is there.
#pragma once

#include "program.hpp"

namespace stream::cli {

void add_nodes_command(CLI::App& app, Program& program);

}  // namespace stream::cli
