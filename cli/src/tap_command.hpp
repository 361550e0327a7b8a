// streamctl tap: listens to topics without slowing anybody down.
#pragma once

#include "program.hpp"

namespace stream::cli {

void add_tap_command(CLI::App& app, Program& program);

}  // namespace stream::cli
