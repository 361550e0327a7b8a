#include "keys_command.hpp"

#include <fmt/format.h>

#include <ostream>

#include "bus_options.hpp"
#include "stream/common/node.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

struct KeysOptions {
  BusOptions bus;
  std::string prefix;
  bool as_json = false;
};

// No values: they hold the passwords of cameras and the path keys of frames.
Result<int> keys(const KeysOptions& options, Environment& environment) {
  const auto bus = connect(options.bus, environment);
  if (!bus) return tl::unexpected(bus.error());
  const auto entries = (*bus)->list(options.prefix);
  if (!entries) return tl::unexpected(entries.error());
  std::vector<std::vector<std::string>> rows{{"KEY", "BYTES", "REVISION"}};
  for (const bus::Entry& entry : *entries) {
    if (options.as_json) {
      environment.out << json_line({{"key", entry.key},
                                    {"bytes", entry.value.size()},
                                    {"revision", entry.revision}})
                      << '\n';
    }
    rows.push_back({entry.key, std::to_string(entry.value.size()), std::to_string(entry.revision)});
  }
  if (!options.as_json) print_table(environment.out, rows);
  return kExitOk;
}

}  // namespace

void add_keys_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("keys", "list the keys that the broker keeps, without their values");
  const auto options = std::make_shared<KeysOptions>();
  command->add_option("PREFIX", options->prefix, "only those that begin so: task/, st/, rep/, ev/, nd/");
  command->add_flag("--json", options->as_json, "one JSON object a line");
  options->bus.add_to(*command);
  command->callback([&program, options] {
    program.action = [options](Environment& environment) { return keys(*options, environment); };
  });
}

}  // namespace stream::cli
