#include "bus_options.hpp"

#include "stream/common/config.hpp"
#include "stream/common/eventually.hpp"

namespace stream::cli {

void BusOptions::add_to(CLI::App& command) {
  command.add_option("--data-dir", data_dir, "data directory of the stream-server on this machine")
      ->type_name("DIR")
      ->capture_default_str();
  command.add_option("--config", config_file, "file with broker.* keys, for a broker elsewhere")
      ->type_name("FILE");
  command.add_option("--set", settings, "broker.key=value, e.g. broker.control=tcp://10.0.0.1:5557")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

Result<bus::ZmqBusOptions> BusOptions::resolve() const {
  bus::ZmqBusOptions options;
  const auto endpoint = [&](const char* socket) { return "ipc://" + data_dir + "/run/" + socket + ".sock"; };
  options.publish_endpoint = endpoint("publish");
  options.subscribe_endpoint = endpoint("subscribe");
  options.control_endpoint = endpoint("control");

  ConfigTable table;
  options.describe(table);
  if (!config_file.empty()) {
    if (auto read = table.read_file(config_file); !read) return tl::unexpected(std::move(read).error());
  }
  for (const std::string& setting : settings) {
    if (auto set = table.set(setting); !set) return tl::unexpected(std::move(set).error().within("--set"));
  }
  return options;
}

Result<std::shared_ptr<bus::Bus>> connect(const BusOptions& options, Environment& environment) {
  const auto resolved = options.resolve();
  if (!resolved) return tl::unexpected(resolved.error());
  auto bus = environment.connect(*resolved);
  if (!bus) return bus;
  if (!eventually([&] { return (*bus)->healthy(); }, resolved->request_timeout)) {
    return fail(ErrorCode::kUnavailable,
                "no broker answers at {}; does stream-server run there? (--data-dir DIR or --set "
                "broker.control=ENDPOINT say where)",
                resolved->control_endpoint);
  }
  return bus;
}

}  // namespace stream::cli
