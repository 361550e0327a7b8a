// streamctl alarm parked | show | retry | purge: alarms that no receiver would take.
#pragma once

#include "program.hpp"

namespace stream::cli {

void add_alarm_commands(CLI::App& app, Program& program);

}  // namespace stream::cli
