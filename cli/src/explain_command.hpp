// streamctl explain: why there was no alarm.
#pragma once

#include "program.hpp"

namespace stream::cli {

void add_explain_command(CLI::App& app, Program& program);

}  // namespace stream::cli
