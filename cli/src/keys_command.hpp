// streamctl keys: what the broker keeps, by name.
#pragma once

#include "program.hpp"

namespace stream::cli {

void add_keys_command(CLI::App& app, Program& program);

}  // namespace stream::cli
