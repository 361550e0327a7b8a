// The channels of a process, as sophon-stream's decode element and its main keep them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "channel.hpp"
#include "control_server.hpp"
#include "demo_config.hpp"
#include "graph.hpp"
#include "reporter.hpp"
#include "stop_event.hpp"

namespace stream::sim {

// Takes channels in and out one after the other, on a thread of its own: a source that is slow to open keeps
// all requests behind it waiting. What becomes of a request is told in the log only. Thread-safe.
class Decode {
 public:
  Decode(std::vector<Graph> graphs, Reporter& reporter);
  // Stops all channels.
  ~Decode();
  Decode(const Decode&) = delete;
  Decode& operator=(const Decode&) = delete;

  // The channels of the demo file, after so long. Call once, first.
  void start(const std::vector<ChannelConfig>& channels, std::chrono::duration<double> loading);

  // Into graph `graph_id`, or all of them when it names none. Nothing happens for a graph that does not
  // exist, nothing but a warning for a channel that is there already. A source type that is unknown is the
  // end of the process.
  void add(const ChannelConfig& channel);
  void stop(const StopRequest& request);

  // When the last source came to its end, as many had as channels were wanted: those of the start and one for
  // each add(), less one for each stop(), whatever became of them. So counts the real one: it can end while a
  // channel plays, and stay when none is left.
  bool ended() const { return ended_; }
  // A source could not be played.
  bool failed() const;
  // Writes one log line a channel with its counts.
  void log_counts() const;

 private:
  struct Present {
    int graph_id = 0;
    std::unique_ptr<Channel> channel;
    bool is(int channel_id, int in_graph) const {
      return channel->id() == channel_id && graph_id == in_graph;
    }
  };

  int graphs_of(const ChannelConfig& channel) const;
  void request_start(const ChannelConfig& channel);
  void request(std::function<void()> task);
  void run();
  void start_in(const Graph& graph, const ChannelConfig& config, const SourceAddress& address);
  void stop_now(const StopRequest& request);
  bool plays(int channel_id, int graph_id) const;
  // Stops the channel and takes it out; null when there is none.
  std::unique_ptr<Channel> remove(int channel_id, int graph_id);
  int take_index();
  void source_ended();

  const std::vector<Graph> graphs_;
  Reporter& reporter_;
  StopEvent stop_;
  std::atomic<int> wanted_ = 0, at_end_ = 0;
  std::atomic<bool> ended_ = false;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::deque<std::function<void()>> requests_;
  bool stopping_ = false;
  std::vector<Present> channels_;
  bool failed_before_ = false;  // a channel that is not there any more
  std::deque<int> free_indices_;
  int next_index_ = 0;
  std::thread thread_;  // last: started when all else is there
};

}  // namespace stream::sim
