#include "decode.hpp"

#include <algorithm>
#include <csignal>

#include "engine_log.hpp"
#include "misbehaviour.hpp"
#include "stream/common/log.hpp"

namespace stream::sim {

namespace {

void log_counts_of(const Channel& channel) {
  const auto counts = channel.counts();
  log::info("channel_counts", {{"channel", channel.id()},
                               {"posted", counts.posted},
                               {"refused", counts.refused},
                               {"failed", counts.failed},
                               {"dropped", counts.dropped}});
}

}  // namespace

Decode::Decode(std::vector<Graph> graphs, Reporter& reporter)
    : graphs_(std::move(graphs)), reporter_(reporter), thread_([this] { run(); }) {}

Decode::~Decode() {
  stop_.raise();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

int Decode::graphs_of(const ChannelConfig& channel) const {
  return channel.graph_id ? 1 : static_cast<int>(graphs_.size());
}

void Decode::start(const std::vector<ChannelConfig>& channels, std::chrono::duration<double> loading) {
  using Clock = std::chrono::steady_clock;
  const auto loaded_at = Clock::now() + std::chrono::duration_cast<Clock::duration>(loading);
  request([this, loaded_at] { (void)stop_.wait_until(loaded_at); });
  // All are counted before the first can end.
  for (const auto& channel : channels) wanted_ += graphs_of(channel);
  for (const auto& channel : channels) request_start(channel);
}

void Decode::add(const ChannelConfig& channel) {
  wanted_ += graphs_of(channel);
  request_start(channel);
}

void Decode::request_start(const ChannelConfig& channel) {
  for (const auto& graph : graphs_) {
    if (channel.graph_id.value_or(graph.graph_id) != graph.graph_id) continue;
    request([this, &graph, channel] {
      if (channel.source_type == SourceType::kUnknown) {
        engine_log("error", "decode.cc:203",
                   "source_type error, please input RTSP, RTMP, VIDEO, IMG_DIR, BASE64 or GB28181");
        die_of(SIGSEGV);
      }
      const auto address = read_address(channel);
      if (!address) {
        engine_log("error", "decode.cc:322",
                   fmt::format("Decoder init failed! channel id is {}", channel.channel_id));
        log::warn("no_source", {{"channel", channel.channel_id}, {"why", address.error().message}});
        return;
      }
      start_in(graph, channel, *address);
    });
  }
}

void Decode::stop(const StopRequest& wanted) {
  --wanted_;
  const bool graph_there = std::any_of(graphs_.begin(), graphs_.end(),
                                       [&](const Graph& graph) { return graph.graph_id == wanted.graph_id; });
  if (graph_there) request([this, wanted] { stop_now(wanted); });
}

void Decode::request(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(task));
  changed_.notify_all();
}

void Decode::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !requests_.empty(); });
    if (stopping_) return;
    const auto task = std::move(requests_.front());
    requests_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

void Decode::start_in(const Graph& graph, const ChannelConfig& config, const SourceAddress& address) {
  if (plays(config.channel_id, graph.graph_id)) {
    engine_log("warning", "decode.cc:283",
               fmt::format("this channel is used! channel id is {}", config.channel_id));
    return;
  }
  remove(config.channel_id, graph.graph_id);  // one whose source has ended
  using Clock = std::chrono::steady_clock;
  const std::chrono::duration<double> opening(address.opens_after_s);
  if (stop_.wait_until(Clock::now() + std::chrono::duration_cast<Clock::duration>(opening))) return;
  const std::lock_guard lock(mutex_);
  channels_.push_back({graph.graph_id, std::make_unique<Channel>(
                                           config, address, graph, take_index(), [this] { source_ended(); },
                                           [this](const std::string& name) { reporter_.report(name); })});
}

void Decode::stop_now(const StopRequest& wanted) {
  const auto stopped = remove(wanted.channel_id, wanted.graph_id);
  if (!stopped || stopped->ended()) {
    engine_log("error", "decode.cc:380",
               fmt::format("this channel is not found! channel id is {}", wanted.channel_id));
    return;
  }
  const std::lock_guard lock(mutex_);
  free_indices_.push_back(stopped->index());
}

bool Decode::plays(int channel_id, int graph_id) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(channels_.begin(), channels_.end(), [&](const Present& present) {
    return present.is(channel_id, graph_id) && !present.channel->ended();
  });
}

std::unique_ptr<Channel> Decode::remove(int channel_id, int graph_id) {
  std::unique_lock lock(mutex_);
  const auto found = std::find_if(channels_.begin(), channels_.end(),
                                  [&](const Present& present) { return present.is(channel_id, graph_id); });
  if (found == channels_.end()) return nullptr;
  auto channel = std::move(found->channel);
  channels_.erase(found);
  failed_before_ |= channel->failed();
  lock.unlock();
  channel->stop();
  log_counts_of(*channel);
  return channel;
}

int Decode::take_index() {
  if (free_indices_.empty()) return next_index_++;
  const int index = free_indices_.front();
  free_indices_.pop_front();
  return index;
}

void Decode::source_ended() {
  if (++at_end_ == wanted_) ended_ = true;
}

bool Decode::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_before_ || std::any_of(channels_.begin(), channels_.end(),
                                       [](const Present& present) { return present.channel->failed(); });
}

void Decode::log_counts() const {
  const std::lock_guard lock(mutex_);
  for (const auto& present : channels_) log_counts_of(*present.channel);
}

}  // namespace stream::sim
