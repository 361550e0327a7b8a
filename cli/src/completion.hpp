// streamctl completion bash | zsh: what the shell offers at the Tab key, read off the command line's own
// tree.
#pragma once

#include <string>

#include "program.hpp"

namespace stream::cli {

void add_completion_command(CLI::App& app, Program& program);

// The scripts, to be sourced. Pure.
std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);

}  // namespace stream::cli
