// Which task and algorithm a posted frame belongs to, as the tasks in the KV say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frame_channel.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::ingest {

// The channels of a stream process that several tasks share, by mChannelId.
using SharedRoute = std::map<std::int32_t, std::shared_ptr<FrameChannel>>;

// Keeps one channel per path key; one whose task was written again stays, with what it holds and also under
// another key, unless that is another life of the task. Thread-safe.
class RouteTable {
 public:
  using MakeChannel = std::function<std::shared_ptr<FrameChannel>(
      const std::string& task_id, std::uint32_t algorithm, std::uint64_t source)>;

  RouteTable(Metrics& metrics, MakeChannel make_channel);

  // Changes below topics::kTaskKeys. A record that cannot be read changes nothing, is counted and logged.
  void apply(const bus::Watch::Changes& changes);

  // Null for unknown keys.
  std::shared_ptr<FrameChannel> find(std::string_view path_key) const;
  // Of the key of a stream process that is shared; null for unknown keys. Of tasks that have the same
  // mChannelId by mistake none has it.
  std::shared_ptr<const SharedRoute> find_shared(std::string_view shared_key) const;
  // By FrameChannel::name(); null when no task has such a channel.
  std::shared_ptr<FrameChannel> find_name(std::string_view name) const;
  void for_each(const std::function<void(FrameChannel&)>& visit) const;
  // Those whose record names `ingest_node`, or none.
  void for_each_of(const std::string& ingest_node, const std::function<void(FrameChannel&)>& visit) const;

 private:
  using Seat = std::pair<std::string, std::int32_t>;  // key of a shared process, mChannelId
  using Channels = std::map<std::string, std::shared_ptr<FrameChannel>, std::less<>>;

  static std::shared_ptr<FrameChannel> find_in(const Channels& channels, std::string_view key);
  void put(const std::string& key, const TaskRecord& task);
  void remove(const std::string& key);
  void leave_seats(const std::string& key);
  void rebuild_shared(const std::string& shared_key);

  const MakeChannel make_channel_;
  const Counter unreadable_;
  const Gauge routes_;

  mutable std::mutex mutex_;                                   // guards everything below
  Channels channels_;                                          // by path key
  std::map<std::string, std::string> ingest_nodes_;            // by path key
  Channels by_name_;                                           // the same ones
  std::map<std::string, std::vector<std::string>> path_keys_;  // by KV key
  std::map<Seat, std::vector<std::shared_ptr<FrameChannel>>> seats_;
  std::multimap<std::string, std::pair<Seat, std::shared_ptr<FrameChannel>>> taken_;  // by KV key
  std::map<std::string, std::shared_ptr<const SharedRoute>, std::less<>> shared_;     // made of seats_
};

}  // namespace stream::ingest
