#include "client.hpp"

#include <utility>
#include <vector>

#include "parked_alarms.hpp"
#include "stream/bus/memory_bus.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::client {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::uint32_t kHeldMiB = 64;     // of alarms on their way into the queue, and out of it, each
constexpr std::size_t kKnownIds = 10'000;  // no repetition comes later than a few alarms
constexpr std::chrono::milliseconds kLook{20};

ingest::IngestConfig ingest_config(const ClientConfig& config, std::string listen, const TaskRecord& task) {
  ingest::IngestConfig ingest;
  ingest.listen = std::move(listen);
  ingest.ring_mib = config.ring_mib;
  for (const AlgorithmSpec& camera : task.algorithms) ingest.camera_keys.push_back(camera.path_key);
  return ingest;
}

logic::LogicConfig logic_config(const ClientConfig& config) {
  logic::LogicConfig logic;
  logic.stop_grace = config.stop_grace / 2;  // the rest is for the reports
  logic.max_held_mib = kHeldMiB;
  logic.bus_threads = 2;    // no call of this bus waits
  logic.fetch_threads = 4;  // more than 4 would not ask one ingest-node at once
  return logic;
}

reporter::ReporterConfig reporter_config(const ClientConfig& config) {
  reporter::ReporterConfig reporter;
  reporter.held_mib = kHeldMiB;
  reporter.ca_file = config.ca_file;
  reporter.save_dir = config.save_dir;
  reporter.stop_grace = std::chrono::milliseconds(0);  // Client::stop() has waited
  return reporter;
}

// There is nobody to POST them.
events::SystemEventsOptions log_only() {
  events::SystemEventsOptions options;
  options.queue = false;
  return options;
}

reporter::Peers alone(const std::string& name) {
  NodeRecord self;
  self.node = name;
  self.role = "reporter";
  self.boot = random_u64();
  return {name, self.boot, [self] { return std::vector{self}; }};
}

}  // namespace

Client::Client(const ClientConfig& config, Metrics& metrics)
    : given_up_(metrics.counter("stream_client_alarms_given_up_total",
                                "Alarms that all report URLs have refused for a day")),
      bus_(bus::make_memory_bus({.queue_bytes = config.queue_mib * kMiB, .known_ids = kKnownIds})),
      pictures_(logic::LogicConfig().max_alarm_mib * kMiB) {}

Result<std::unique_ptr<Client>> Client::start(const ClientConfig& config, const TaskRecord& task,
                                              Metrics& metrics, const std::string& name, std::ostream& out) {
  auto listen = config.listen();
  if (!listen) return tl::unexpected(std::move(listen.error()));
  const auto reports = reporter_config(config);
  auto poster = reporter::Poster::create(reports.poster());
  if (!poster) return tl::unexpected(std::move(poster.error()).within("ca_file"));

  std::unique_ptr<Client> client(new Client(config, metrics));
  bus::Bus& bus = *client->bus_;
  std::ignore = bus.cas(topics::task_key(task.task_id), 0, encode(task));
  auto ingest =
      ingest::IngestNode::start(ingest_config(config, *std::move(listen), task), bus, metrics, name);
  if (!ingest) return tl::unexpected(std::move(ingest.error()));
  client->ingest_ = *std::move(ingest);
  client->logic_ = std::make_unique<logic::LogicNode>(bus, client->pictures_, client->replay_, metrics,
                                                      logic_config(config), name);
  if (task.report_urls.empty()) {
    log::warn("no_report_url", {{"what", "alarms are printed here and reported to nobody; see --url"}});
    client->printer_ = std::make_unique<AlarmPrinter>(bus, metrics, config.save_dir, out);
  } else {
    client->poster_ = *std::move(poster);
    client->events_ = std::make_unique<events::SystemEvents>(bus, name, metrics, log_only());
    client->reporter_ = std::make_unique<reporter::Reporter>(bus, *client->poster_, metrics, alone(name),
                                                             *client->events_, reports);
  }
  return client;
}

std::string Client::not_ready() const {
  auto why = ingest_->not_ready();
  return why.empty() ? logic_->not_ready() : why;
}

void Client::tidy() {
  given_up_.add(static_cast<double>(throw_away_parked(*bus_)));
}

std::size_t Client::stop(std::chrono::milliseconds grace,
                         const std::function<bool(std::chrono::milliseconds)>& hurry) {
  const auto until = std::chrono::steady_clock::now() + grace;
  logic_.reset();  // it still needs pictures
  while (undelivered() > 0 && std::chrono::steady_clock::now() < until && !hurry(kLook)) {
  }
  reporter_.reset();
  printer_.reset();
  return undelivered();
}

std::size_t Client::undelivered() {
  const auto stats = bus_->queue_stats(topics::kAlarmQueue);
  return stats ? stats->ready + stats->delayed + stats->leased : 0;
}

}  // namespace stream::client
