#include "keygen_command.hpp"

#include <filesystem>
#include <ostream>
#include <system_error>

#include "stream/bus/keys.hpp"
#include "stream/common/node.hpp"

namespace stream::cli {
namespace {

struct KeygenOptions {
  std::string directory;
};

Result<int> keygen(const KeygenOptions& options, Environment& environment) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) return fail(ErrorCode::kUnavailable, "{}: {}", options.directory, error.message());
  for (const char* name : {"broker", "client"}) {
    const auto keys = bus::make_key_pair();
    if (!keys) return tl::unexpected(keys.error());
    if (auto saved = bus::save_key_pair(*keys, options.directory, name); !saved) {
      return tl::unexpected(std::move(saved).error());
    }
    environment.out << options.directory << '/' << name << ".key\n"
                    << options.directory << '/' << name << ".pub\n";
  }
  return kExitOk;
}

}  // namespace

void add_keygen_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand(
      "keygen",
      "make the keys for a broker that is reached over tcp: one pair for the broker, one for its clients");
  const auto options = std::make_shared<KeygenOptions>();
  command->add_option("DIR", options->directory, "folder for the files; existing keys are never overwritten")
      ->required();
  command->callback([&program, options] {
    program.action = [options](Environment& environment) { return keygen(*options, environment); };
  });
}

}  // namespace stream::cli
