// How a command finds the broker.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "program.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/result.hpp"

namespace stream::cli {

struct BusOptions {
  std::string data_dir = "data";      // of the stream-server; its sockets are below it
  std::string config_file;            // with broker.* keys
  std::vector<std::string> settings;  // broker.key=value

  void add_to(CLI::App& command);
  // The defaults of data_dir, then the file, then the settings. kInvalid names the key.
  Result<bus::ZmqBusOptions> resolve() const;
};

// A bus whose broker has answered. kUnavailable, naming the endpoint, when it does not within the request
// time-out.
Result<std::shared_ptr<bus::Bus>> connect(const BusOptions& options, Environment& environment);

}  // namespace stream::cli
