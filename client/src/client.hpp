// A whole pipeline for one task in one process: the classes of ingest-, logic- and reporter-node over the bus
// in memory. What each does, and promises, is theirs; here they are put together.
//
//   POST, any path ─> IngestNode ─frames─> LogicNode ─alarms─> Reporter ─> report URLs
//                         ▲ pictures, loopback │            or AlarmPrinter ─> out
//                         └────────────────────┘
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "alarm_printer.hpp"
#include "client_config.hpp"
#include "ingest_node.hpp"
#include "logic_node.hpp"
#include "pictures.hpp"
#include "poster.hpp"
#include "replay.hpp"
#include "reporter.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/events/system_events.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::client {

// Confined to one thread, but for not_ready().
class Client {
 public:
  // `task`: as make_task_record() gives it. `name`: of the node, for logs. Alarms are printed to `out` when
  // the task has no report URLs. What is given by reference must outlive the client. Errors name the flag.
  static Result<std::unique_ptr<Client>> start(const ClientConfig& config, const TaskRecord& task,
                                               Metrics& metrics, const std::string& name, std::ostream& out);

  // host:port of the frames, as this machine reaches it.
  const std::string& address() const { return ingest_->address(); }
  // Why it cannot do its work now; empty when it can. Thread-safe.
  std::string not_ready() const;

  // throw_away_parked(). To be called now and then.
  void tidy();

  // Decides on no more frames and delivers what is decided. Returns when that is done, after `grace`, or when
  // `hurry`, which waits for the given time at most, says so. The number of alarms that were not delivered:
  // they are gone. Only the destructor may follow.
  std::size_t stop(std::chrono::milliseconds grace,
                   const std::function<bool(std::chrono::milliseconds)>& hurry);

 private:
  Client(const ClientConfig& config, Metrics& metrics);
  std::size_t undelivered();

  const Counter given_up_;

  // In this order: each uses those above it, and stops before them.
  const std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<ingest::IngestNode> ingest_;
  logic::IngestPictures pictures_;
  logic::IngestReplay replay_;
  std::unique_ptr<logic::LogicNode> logic_;
  std::unique_ptr<reporter::Poster> poster_;
  std::unique_ptr<events::SystemEvents> events_;
  std::unique_ptr<reporter::Reporter> reporter_;  // one of these two
  std::unique_ptr<AlarmPrinter> printer_;
};

}  // namespace stream::client
