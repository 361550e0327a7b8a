#include "simulator.hpp"

#include <algorithm>

#include "http_post.hpp"
#include "stream/common/log.hpp"

namespace stream::sim {

Result<std::unique_ptr<Simulator>> Simulator::start(const std::string& demo_config_path) {
  auto config = read_demo_config(demo_config_path);
  if (!config) return tl::unexpected(config.error());
  auto graphs = read_graphs(config->engine_config_path);
  if (!graphs) return tl::unexpected(graphs.error());
  for (const auto& graph : *graphs) {
    if (const auto complete = check_files(graph); !complete) return tl::unexpected(complete.error());
    if (!graph.push) {
      log::warn("graph_without_http_push", {{"graph", graph.graph_id}, {"effect", "nothing is posted"}});
    }
  }
  std::unique_ptr<Simulator> simulator(new Simulator(std::move(*config), std::move(*graphs)));
  for (const auto& channel : simulator->config_.channels) {
    if (const auto added = simulator->add_channel(channel); !added) return tl::unexpected(added.error());
  }
  return simulator;
}

Simulator::Simulator(DemoConfig config, std::vector<Graph> graphs)
    : config_(std::move(config)), graphs_(std::move(graphs)) {
  auto control = ControlServer::start(
      config_.listen, {.add = [this](const ChannelConfig& channel) { return add_channel(channel); },
                       .stop = [this](int channel_id) { return stop_channel(channel_id); }});
  if (control) {
    control_ = std::move(*control);
  } else {
    // The real one goes on without, too.
    log::warn("no_control_port", {{"why", control.error().message}});
  }
  if (config_.report) reporter_ = std::thread([this] { report_success(); });
}

Simulator::~Simulator() {
  stop_.raise();
  control_.reset();
  if (reporter_.joinable()) reporter_.join();
}

Status Simulator::add_channel(const ChannelConfig& channel) {
  const auto address = read_address(channel);
  if (!address) return tl::unexpected(address.error());
  const std::lock_guard lock(mutex_);
  for (const auto& present : channels_) {
    if (present->id() == channel.channel_id) {
      return fail(ErrorCode::kConflict, "channel {} is there already", channel.channel_id);
    }
  }
  bool added = false;
  for (const auto& graph : graphs_) {
    if (channel.graph_id.value_or(graph.graph_id) != graph.graph_id) continue;
    channels_.push_back(std::make_unique<Channel>(channel, *address, graph, channels_started_++));
    added = true;
  }
  if (!added) return fail(ErrorCode::kNotFound, "there is no graph {}", *channel.graph_id);
  return {};
}

Status Simulator::stop_channel(int channel_id) {
  std::vector<std::unique_ptr<Channel>> stopped;  // end after the lock is let go
  const std::lock_guard lock(mutex_);
  const auto others = std::stable_partition(channels_.begin(), channels_.end(),
                                            [&](const auto& channel) { return channel->id() != channel_id; });
  std::move(others, channels_.end(), std::back_inserter(stopped));
  channels_.erase(others, channels_.end());
  if (stopped.empty()) return fail(ErrorCode::kNotFound, "there is no channel {}", channel_id);
  return {};
}

void Simulator::report_success() {
  constexpr int kTries = 5;
  constexpr auto kPause = std::chrono::milliseconds(500);
  const auto& report = *config_.report;
  for (int i = 0; i < kTries; ++i) {
    if (post(report.ip, report.port, report.path, R"({"error":"SUCCESS"})", stop_).status != 0) return;
    if (stop_.wait_until(std::chrono::steady_clock::now() + kPause)) return;
  }
  log::warn("report_failed", {{"tries", kTries}});
}

bool Simulator::ended() const {
  const std::lock_guard lock(mutex_);
  return !channels_.empty() && std::all_of(channels_.begin(), channels_.end(),
                                           [](const auto& channel) { return channel->ended(); });
}

bool Simulator::failed() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(channels_.begin(), channels_.end(),
                     [](const auto& channel) { return channel->failed(); });
}

void Simulator::log_counts() const {
  const std::lock_guard lock(mutex_);
  for (const auto& channel : channels_) {
    const auto counts = channel->counts();
    log::info("channel_counts", {{"channel", channel->id()},
                                 {"posted", counts.posted},
                                 {"refused", counts.refused},
                                 {"failed", counts.failed},
                                 {"dropped", counts.dropped}});
  }
}

}  // namespace stream::sim
