#include "program.hpp"

#include <algorithm>
#include <ostream>

#include "alarm_commands.hpp"
#include "algorithm_commands.hpp"
#include "completion.hpp"
#include "explain_command.hpp"
#include "keygen_command.hpp"
#include "keys_command.hpp"
#include "migrate_command.hpp"
#include "nodes_command.hpp"
#include "receive_command.hpp"
#include "stream/common/node.hpp"
#include "stream/common/secrets.hpp"
#include "tap_command.hpp"
#include "task_commands.hpp"

namespace stream::cli {
namespace {

// --data_dir means --data-dir. Values stay as they are.
std::string with_dashes(std::string argument) {
  if (!argument.starts_with("--")) return argument;
  const auto end =
      argument.begin() + static_cast<std::ptrdiff_t>(std::min(argument.find('='), argument.size()));
  std::replace(argument.begin(), end, '_', '-');
  return argument;
}

}  // namespace

Program::Program() {
  app.set_version_flag("--version", "streamctl " STREAM_VERSION);
  app.require_subcommand(1);
  add_task_commands(app, *this);
  add_tap_command(app, *this);
  add_alarm_commands(app, *this);
  add_algorithm_commands(app, *this);
  add_explain_command(app, *this);
  add_nodes_command(app, *this);
  add_keys_command(app, *this);
  add_receive_command(app, *this);
  add_migrate_command(app, *this);
  add_keygen_command(app, *this);
  add_completion_command(app, *this);
}

int run(const std::vector<std::string>& arguments, Environment& environment) {
  Program program;
  std::vector<std::string> reversed(arguments.size());  // as CLI11 wants them
  std::transform(arguments.rbegin(), arguments.rend(), reversed.begin(), with_dashes);
  try {
    program.app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    const int code = program.app.exit(error, environment.out, environment.err);
    return code == 0 ? kExitOk : kExitUsage;
  }
  const auto result = program.action(environment);
  if (result) return *result;
  environment.err << "streamctl: " << mask_secrets(result.error().message) << '\n';
  return kExitFailed;
}

}  // namespace stream::cli
