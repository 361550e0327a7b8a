// Which task and algorithm a posted frame belongs to, as the tasks in the KV say.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "frame_channel.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::ingest {

// Keeps one channel per path key; one whose task was written again stays, with what it holds, unless that is
// another life of the task. Thread-safe.
class RouteTable {
 public:
  using MakeChannel = std::function<std::shared_ptr<FrameChannel>(
      const std::string& task_id, std::uint32_t algorithm, std::uint64_t source)>;

  RouteTable(Metrics& metrics, MakeChannel make_channel);

  // Changes below topics::kTaskKeys. A record that cannot be read changes nothing, is counted and logged.
  void apply(const bus::Watch::Changes& changes);

  // Null for unknown keys.
  std::shared_ptr<FrameChannel> find(std::string_view path_key) const;
  // By FrameChannel::name(); null when no task has such a channel.
  std::shared_ptr<FrameChannel> find_name(std::string_view name) const;
  void for_each(const std::function<void(FrameChannel&)>& visit) const;

 private:
  using Channels = std::map<std::string, std::shared_ptr<FrameChannel>, std::less<>>;

  static std::shared_ptr<FrameChannel> find_in(const Channels& channels, std::string_view key);
  void put(const std::string& key, const TaskRecord& task);
  void remove(const std::string& key);

  const MakeChannel make_channel_;
  const Counter unreadable_;
  const Gauge routes_;

  mutable std::mutex mutex_;                                   // guards everything below
  Channels channels_;                                          // by path key
  Channels by_name_;                                           // the same ones
  std::map<std::string, std::vector<std::string>> path_keys_;  // by KV key
};

}  // namespace stream::ingest
