#include "simulator.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "engine_log.hpp"
#include "misbehaviour.hpp"
#include "source_address.hpp"
#include "stream/common/log.hpp"

namespace stream::sim {

namespace {

// The graphs that could be loaded.
std::vector<Graph> loaded(const std::vector<Graph>& graphs, Reporter& reporter) {
  std::vector<Graph> good;
  for (const auto& graph : graphs) {
    if (const auto library = missing_of(graph.libraries)) {
      engine_log("error", "graph.cc:180",
                 fmt::format("Load dynamic shared object file fail, element id: {}, shared object: {}  error "
                             "info:{}: cannot open shared object file: No such file or directory",
                             graph.graph_id, *library, *library));
      reporter.report("DLOPEN_FAIL");
      continue;
    }
    if (const auto model = missing_of(graph.models)) {
      fmt::print("load bmodel({}) failed\n", *model);
      std::fflush(stdout);
      die_of(SIGABRT);
    }
    // Once loaded and once started.
    for (int i = 0; i < 2; ++i) reporter.report("SUCCESS");
    good.push_back(graph);
  }
  return good;
}

}  // namespace

Result<std::unique_ptr<Simulator>> Simulator::start(const std::string& demo_config_path) {
  const auto config = read_demo_config(demo_config_path);
  if (!config) return tl::unexpected(config.error());
  const auto graphs = read_graphs(config->engine_config_path);
  if (!graphs) return tl::unexpected(graphs.error());
  for (const auto& graph : *graphs) {
    if (!graph.push) {
      log::warn("graph_without_http_push", {{"graph", graph.graph_id}, {"effect", "nothing is posted"}});
    }
  }
  bool ignores_term = false;
  double loads_for_s = 0;
  for (const auto& channel : config->channels) {
    const auto address = read_address(channel);
    if (!address) return tl::unexpected(address.error());
    ignores_term |= address->misbehaviour.ignores_term;
    loads_for_s = std::max(loads_for_s, address->loads_for_s);
  }
  return std::unique_ptr<Simulator>(new Simulator(*config, *graphs, ignores_term, Seconds(loads_for_s)));
}

Simulator::Simulator(const DemoConfig& config, const std::vector<Graph>& graphs, bool ignores_term,
                     Seconds loading)
    : ignores_term_(ignores_term), reporter_(config.report), decode_(loaded(graphs, reporter_), reporter_) {
  decode_.start(config.channels, loading);
  using Clock = std::chrono::steady_clock;
  const auto now = Clock::now();
  const auto there_at = now + std::chrono::duration_cast<Clock::duration>(loading / 2);
  const auto loaded_at = now + std::chrono::duration_cast<Clock::duration>(loading);
  const auto is_loaded = [loaded_at] { return Clock::now() >= loaded_at; };
  auto control =
      ControlServer::start(config.listen, {.add =
                                               [this, is_loaded](const ChannelConfig& channel) {
                                                 if (is_loaded()) decode_.add(channel);
                                               },
                                           .stop =
                                               [this, is_loaded](const StopRequest& request) {
                                                 if (is_loaded()) decode_.stop(request);
                                               },
                                           .is_there = [there_at] { return Clock::now() >= there_at; }});
  if (control) {
    control_ = std::move(*control);
  } else {
    // The real one goes on without, too.
    log::warn("no_control_port", {{"why", control.error().message}});
  }
}

}  // namespace stream::sim
