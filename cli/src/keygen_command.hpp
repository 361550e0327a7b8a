// streamctl keygen: keys for a broker that is reached over tcp.
#pragma once

#include "program.hpp"

namespace stream::cli {

void add_keygen_command(CLI::App& app, Program& program);

}  // namespace stream::cli
