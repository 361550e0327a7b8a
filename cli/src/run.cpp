#include "stream/cli/run.hpp"

#include <iostream>

#include "program.hpp"
#include "stream/common/signals.hpp"

namespace stream::cli {

int run_streamctl(int argc, char** argv, const decision::CustomRules& rules) {
  block_stop_signals();
  Environment environment{
      std::cin,
      std::cout,
      std::cerr,
      [](const bus::ZmqBusOptions& options) {
        return bus::make_zmq_bus(options).map(
            [](auto bus) { return std::shared_ptr<bus::Bus>(std::move(bus)); });
      },
      [](std::chrono::milliseconds timeout) { return wait_stop_signal(timeout).has_value(); },
      &rules};
  return run({argv + 1, argv + argc}, environment);
}

}  // namespace stream::cli
