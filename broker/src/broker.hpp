// The whole broker: locks the data directory, opens the database, binds the sockets, runs the threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <zmq.hpp>

#include "broker_config.hpp"
#include "control_server.hpp"
#include "data_proxy.hpp"
#include "key_guard.hpp"
#include "outbox.hpp"
#include "storage.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/directory_lock.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/result.hpp"

namespace stream::broker {

// Where clients find it, as bound: "tcp://127.0.0.1:*" has become a port.
struct Endpoints {
  std::string publish, subscribe, control;
};

// Runs from start() until it is destroyed.
class Broker {
 public:
  // `metrics` must outlive the broker. The error says what stands in the way: another broker on the data
  // directory, an endpoint that is taken or needs keys, an unusable database.
  static Result<std::unique_ptr<Broker>> start(const BrokerConfig& config, Metrics& metrics);
  ~Broker();  // takes the files of its ipc sockets away
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  const Endpoints& endpoints() const { return endpoints_; }
  // A client of this broker within this process, for what the broker itself has to say. To be gone before it.
  std::unique_ptr<bus::Bus> connect();

 private:
  struct Curve {
    std::string secret_key;
    std::set<std::string> client_keys;
  };

  explicit Broker(DirectoryLock lock) : lock_(std::move(lock)) {}
  Status run(const BrokerConfig& config, const Endpoints& wanted, std::optional<Curve> curve,
             Metrics& metrics);

  DirectoryLock lock_;
  zmq::context_t context_;
  Endpoints endpoints_;
  // In order of dependency; the later ends first.
  std::unique_ptr<KeyGuard> key_guard_;
  Outbox outbox_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<DataProxy> proxy_;
};

}  // namespace stream::broker
