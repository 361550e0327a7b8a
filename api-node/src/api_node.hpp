// The api-node: everything of it but flags and signals.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms.hpp"
#include "api_config.hpp"
#include "errands.hpp"
#include "event_listener.hpp"
#include "failover_keeper.hpp"
#include "flow_book.hpp"
#include "ingest_keeper.hpp"
#include "node_watch.hpp"
#include "rest_face.hpp"
#include "state_book.hpp"
#include "state_reporter.hpp"
#include "stream/bus/bus.hpp"
#include "stream/bus/follower.hpp"
#include "stream/common/directory_lock.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/result.hpp"
#include "stream/events/abandoned.hpp"
#include "stream/events/disk_watch.hpp"
#include "stream/events/system_events.hpp"
#include "stream/http/admin.hpp"
#include "stream/http/server.hpp"
#include "stream/ownership/membership.hpp"
#include "stream_launcher.hpp"
#include "supervisor.hpp"
#include "task_book.hpp"
#include "task_service.hpp"

namespace stream::api {

class ApiNode {
 public:
  // Ends the stream processes; their records stay, so that they run again when the node does.
  ~ApiNode();
  ApiNode(const ApiNode&) = delete;
  ApiNode& operator=(const ApiNode&) = delete;

  // `bus` must outlive the node. Fails when the algorithms' folder cannot be read, the installation is not
  // named, a port is taken, another api-node uses data_dir or one of this name runs; no stream process is
  // touched then. Looks for the latter for a second when one of this name did not say goodbye.
  static Result<std::unique_ptr<ApiNode>> start(const ApiConfig& config, const std::string& node_name,
                                                bus::Bus& bus, const SupervisorOptions& options = {});

  std::string address() const { return server_->address(); }
  // Of HTTPS; empty: there is none.
  std::string tls_address() const { return tls_server_ ? tls_server_->address() : std::string(); }
  std::string admin_address() const { return admin_->address(); }
  std::vector<http::Router::Entry> routes() const { return face_.routes(); }
  // Why it is not ready to work, or empty.
  std::string not_ready() const;

 private:
  ApiNode(const ApiConfig& config, const std::string& node_name, bus::Bus& bus,
          manifest::CatalogReader reader, CatalogPtr catalog, std::optional<ApiToken> token,
          const SupervisorOptions& options, DirectoryLock lock);
  // Takes up the tasks, and what runs of them already.
  void go_on(const ApiConfig& config);
  SupervisorHooks hooks();
  void sweep(const std::vector<bus::Entry>& tasks) const;
  void publish(const TaskEvent& event);
  void tell_health(const std::string& task_id, std::uint32_t algorithm, const StreamStatus& status);
  // Writes until it is written; `note` says what, for the log.
  void record(std::string_view note, const std::string& task_id, std::function<Status()> write,
              bool again = false);
  Status listen(const ApiConfig& config);
  Status listen_with_tls(const ApiConfig& config);

  // In order of construction; each uses those above it.
  const DirectoryLock lock_;  // of data_dir
  const std::string node_name_;
  bus::Bus& bus_;
  Metrics metrics_;
  const Counter events_published_, events_dropped_;
  const std::unique_ptr<bus::Publisher> publisher_;
  events::SystemEvents system_events_;
  events::DiskWatch disk_watch_;
  Algorithms algorithms_;
  const StreamLauncher launcher_;
  TaskBook book_;
  FlowBook flows_;
  StateBook states_;
  ownership::Membership membership_;
  std::unique_ptr<NodeWatch> node_watch_;
  events::AbandonedWatch abandoned_watch_;
  std::unique_ptr<Errands> errands_;
  Supervisor supervisor_;
  TaskService service_;
  EventListener events_;
  FlowListener flow_listener_;
  StateListener state_listener_;
  std::unique_ptr<bus::Follower> follower_;  // this and the next three: from go_on() on
  std::unique_ptr<IngestKeeper> ingest_keeper_;
  std::unique_ptr<FailoverKeeper> failover_keeper_;
  std::unique_ptr<StateReporter> state_reporter_;
  std::atomic<bool> goes_on_{false};
  const LogFace logs_;
  RestFace face_;
  std::unique_ptr<http::AdminServer> admin_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> tls_server_;  // null: no HTTPS
};

}  // namespace stream::api
