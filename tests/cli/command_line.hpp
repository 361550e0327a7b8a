// streamctl inside the test's process, on a bus in memory.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "program.hpp"
#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"

namespace stream::cli {

class CommandLine {
 public:
  struct Outcome {
    int exit_code = -1;
    std::string out, err;
  };

  bus::Bus& bus() { return *bus_; }
  // For other threads while a command runs: Ctrl-C, and a command that gets no CPU.
  std::atomic<bool> stop = false;
  std::atomic<bool> frozen = false;
  bool broker_is_there = true;

  Outcome run(const std::vector<std::string>& arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out, err;
    Environment environment{in, out, err,
                            [this](const bus::ZmqBusOptions& options) -> Result<std::shared_ptr<bus::Bus>> {
                              if (!broker_is_there)
                                return fail(ErrorCode::kUnavailable, "no broker at {}",
                                            options.control_endpoint);
                              return bus_;
                            },
                            [this](std::chrono::milliseconds timeout) {
                              eventually([this] { return !frozen; });
                              return eventually([this] { return stop.load(); }, timeout);
                            }};
    const int exit_code = cli::run(arguments, environment);
    return {exit_code, out.str(), err.str()};
  }

 private:
  std::shared_ptr<bus::Bus> bus_ = bus::make_memory_bus();
};

}  // namespace stream::cli
