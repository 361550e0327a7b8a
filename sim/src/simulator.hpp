// The stream process: graphs, channels, control port, reports.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "control_server.hpp"
#include "decode.hpp"
#include "demo_config.hpp"
#include "graph.hpp"
#include "reporter.hpp"
#include "stream/common/result.hpp"

namespace stream::sim {

// Runs from start() on. Thread-safe.
class Simulator {
 public:
  // Reads the configuration; paths in it are relative to the working directory. An error is a file that is
  // missing or wrong, or a source that cannot be played. A model that is missing is the end of the process,
  // by SIGABRT; a graph with a missing shared object is reported, left out, and its channels with it.
  static Result<std::unique_ptr<Simulator>> start(const std::string& demo_config_path);
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  // The process is at its end (Decode::ended()).
  bool ended() const { return decode_.ended(); }
  // A source could not be played.
  bool failed() const { return decode_.failed(); }
  // SIGTERM does not end it.
  bool ignores_term() const { return ignores_term_; }
  // Writes one log line a channel with its counts.
  void log_counts() const { decode_.log_counts(); }

 private:
  using Seconds = std::chrono::duration<double>;
  // `loading`: before anything is played.
  Simulator(const DemoConfig& config, const std::vector<Graph>& graphs, bool ignores_term, Seconds loading);

  const bool ignores_term_;
  Reporter reporter_;
  Decode decode_;
  std::unique_ptr<ControlServer> control_;  // null when it could not listen
};

}  // namespace stream::sim
