// The stream process: channels, control port, reports.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "channel.hpp"
#include "control_server.hpp"
#include "demo_config.hpp"
#include "graph.hpp"
#include "stop_event.hpp"
#include "stream/common/result.hpp"

namespace stream::sim {

// Runs from start() on. Thread-safe.
class Simulator {
 public:
  // Reads the configuration; paths in it are relative to the working directory. An error is one that keeps
  // the real one from starting, too: a file that is missing or wrong, a model or shared object that is not
  // there.
  static Result<std::unique_ptr<Simulator>> start(const std::string& demo_config_path);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  // Every channel has come to the end of its source.
  bool ended() const;
  // One of those could not be played.
  bool failed() const;
  // Writes one log line a channel with its counts.
  void log_counts() const;

 private:
  Simulator(DemoConfig config, std::vector<Graph> graphs);
  Status add_channel(const ChannelConfig& channel);
  Status stop_channel(int channel_id);
  void report_success();

  const DemoConfig config_;
  const std::vector<Graph> graphs_;
  StopEvent stop_;
  mutable std::mutex mutex_;  // guards everything below, down to the server
  std::vector<std::unique_ptr<Channel>> channels_;
  int channels_started_ = 0;
  std::unique_ptr<ControlServer> control_;  // null when it could not listen
  std::thread reporter_;
};

}  // namespace stream::sim
