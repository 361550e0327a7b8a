#include "route_table.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/source.hpp"

namespace stream::ingest {

RouteTable::RouteTable(Metrics& metrics, MakeChannel make_channel)
    : make_channel_(std::move(make_channel)),
      unreadable_(
          metrics.counter("stream_ingest_task_records_unreadable_total", "Task records that cannot be read")),
      routes_(metrics.gauge("stream_ingest_routes", "Pairs of task and algorithm whose frames are taken")) {}

void RouteTable::apply(const bus::Watch::Changes& changes) {
  const std::lock_guard lock(mutex_);
  if (changes.reset) {
    std::set<std::string> present;
    for (const auto& entry : changes.entries) present.insert(entry.key);
    for (auto next = path_keys_.begin(); next != path_keys_.end();) {
      const std::string key = (next++)->first;
      if (!present.contains(key)) remove(key);
    }
  }
  for (const auto& entry : changes.entries) {
    if (entry.deleted) {
      remove(entry.key);
      continue;
    }
    const auto task = decode<TaskRecord>(entry.value);
    if (!task) {
      unreadable_.add();
      log::error("task_record_unreadable", {{"key", entry.key}, {"reason", task.error().message}});
      continue;
    }
    put(entry.key, *task);
  }
  routes_.set(static_cast<double>(channels_.size()));
}

void RouteTable::put(const std::string& key, const TaskRecord& task) {
  Channels kept;
  for (const auto& path_key : path_keys_[key]) {
    ingest_nodes_.erase(path_key);
    auto node = channels_.extract(path_key);
    if (!node) continue;
    by_name_.erase(node.mapped()->name());
    kept.insert(std::move(node));
  }
  leave_seats(key);
  auto& path_keys = path_keys_[key];
  path_keys.clear();
  for (std::uint32_t i = 0; i < task.algorithms.size(); ++i) {
    const std::string& path_key = task.algorithms[i].path_key;
    if (path_key.empty()) continue;
    const auto source = source_of(task.algorithms[i]);
    // Of the same life, under this key or, when the task was handed over, another.
    const auto former = std::find_if(kept.begin(), kept.end(), [&](const auto& entry) {
      return entry.second->algorithm() == i && entry.second->source() == source;
    });
    const auto channel = former != kept.end() ? former->second : make_channel_(task.task_id, i, source);
    channel->set_poster(poster_of(path_key));
    channels_[path_key] = channel;
    ingest_nodes_[path_key] = task.algorithms[i].ingest_node;
    by_name_[channel->name()] = channel;
    path_keys.push_back(path_key);
    const AlgorithmSpec& spec = task.algorithms[i];
    if (spec.shared_key.empty()) continue;
    const Seat seat{spec.shared_key, spec.shared_channel};
    seats_[seat].push_back(channel);
    taken_.emplace(key, std::pair(seat, channel));
    rebuild_shared(spec.shared_key);
  }
}

void RouteTable::leave_seats(const std::string& key) {
  const auto [begin, end] = taken_.equal_range(key);
  for (auto taken = begin; taken != end; ++taken) {
    const auto& [seat, channel] = taken->second;
    auto& sitting = seats_[seat];
    std::erase(sitting, channel);
    if (sitting.empty()) seats_.erase(seat);
    rebuild_shared(seat.first);
  }
  taken_.erase(begin, end);
}

// Frames of two cameras on one channel could be either's.
void RouteTable::rebuild_shared(const std::string& shared_key) {
  auto route = std::make_shared<SharedRoute>();
  const auto first = seats_.lower_bound({shared_key, std::numeric_limits<std::int32_t>::min()});
  for (auto seat = first; seat != seats_.end() && seat->first.first == shared_key; ++seat) {
    if (seat->second.size() == 1) route->emplace(seat->first.second, seat->second.front());
  }
  if (route->empty()) {
    shared_.erase(shared_key);
  } else {
    shared_[shared_key] = std::move(route);
  }
}

void RouteTable::remove(const std::string& key) {
  leave_seats(key);
  const auto found = path_keys_.find(key);
  if (found == path_keys_.end()) return;
  for (const auto& path_key : found->second) {
    ingest_nodes_.erase(path_key);
    if (const auto node = channels_.extract(path_key)) by_name_.erase(node.mapped()->name());
  }
  path_keys_.erase(found);
}

std::shared_ptr<FrameChannel> RouteTable::find(std::string_view path_key) const {
  const std::lock_guard lock(mutex_);
  return find_in(channels_, path_key);
}

std::shared_ptr<const SharedRoute> RouteTable::find_shared(std::string_view shared_key) const {
  const std::lock_guard lock(mutex_);
  const auto found = shared_.find(shared_key);
  return found == shared_.end() ? nullptr : found->second;
}

std::shared_ptr<FrameChannel> RouteTable::find_name(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return find_in(by_name_, name);
}

std::shared_ptr<FrameChannel> RouteTable::find_in(const Channels& channels, std::string_view key) {
  const auto found = channels.find(key);
  return found == channels.end() ? nullptr : found->second;
}

void RouteTable::for_each(const std::function<void(FrameChannel&)>& visit) const {
  std::vector<std::shared_ptr<FrameChannel>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [path_key, channel] : channels_) all.push_back(channel);
  }
  for (const auto& channel : all) visit(*channel);
}

void RouteTable::for_each_of(const std::string& ingest_node,
                             const std::function<void(FrameChannel&)>& visit) const {
  std::vector<std::shared_ptr<FrameChannel>> wanted;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [path_key, channel] : channels_) {
      const std::string& named = ingest_nodes_.at(path_key);
      if (named.empty() || named == ingest_node) wanted.push_back(channel);
    }
  }
  for (const auto& channel : wanted) visit(*channel);
}

}  // namespace stream::ingest
