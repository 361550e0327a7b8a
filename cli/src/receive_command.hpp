// streamctl receive: an alarm receiver for trying things out.
#pragma once

#include "program.hpp"

namespace stream::cli {

void add_receive_command(CLI::App& app, Program& program);

}  // namespace stream::cli
