// What all commands of streamctl share: where output goes, how the bus is reached, what runs in the end.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/bus/zmq_bus.hpp"
#include "stream/common/result.hpp"
#include "stream/decision/custom_rule.hpp"

namespace stream::cli {

// The world outside, passed in so that tests bring their own.
struct Environment {
  std::istream& in;
  std::ostream& out;  // results
  std::ostream& err;  // errors and remarks
  std::function<Result<std::shared_ptr<bus::Bus>>(const bus::ZmqBusOptions&)> connect;
  std::function<bool(std::chrono::milliseconds)> wait_for_stop;  // true: stop now (Ctrl-C)
  const decision::CustomRules* rules = nullptr;                  // of one's own; nullptr: none
};

// An exit code, or an error that is shown and becomes exit code 1.
using Action = std::function<Result<int>(Environment&)>;

// The command line and the action it chose. A command registers itself with add_..._command(app, program):
// its options go into a struct of its own, and its callback sets `action`.
struct Program {
  Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  CLI::App app{"operates a stream-server: tasks, frames, alarms, nodes", "streamctl"};
  Action action;
};

// The whole program but for main's set-up: exit code 0 done, 1 failed, 2 wrong usage.
int run(const std::vector<std::string>& arguments, Environment& environment);

}  // namespace stream::cli
