#include <iostream>

#include "program.hpp"
#include "stream/common/signals.hpp"

int main(int argc, char** argv) {
  stream::block_stop_signals();
  stream::cli::Environment environment{
      std::cin, std::cout, std::cerr,
      [](const stream::bus::ZmqBusOptions& options) {
        return stream::bus::make_zmq_bus(options).map(
            [](auto bus) { return std::shared_ptr<stream::bus::Bus>(std::move(bus)); });
      },
      [](std::chrono::milliseconds timeout) { return stream::wait_stop_signal(timeout).has_value(); }};
  return stream::cli::run({argv + 1, argv + argc}, environment);
}
