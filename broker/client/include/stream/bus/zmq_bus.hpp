// The bus over the project's ZeroMQ broker. docs/protocol.md has the bytes.
#pragma once

#include <memory>
#include <string>

#include "stream/bus/bus.hpp"
#include "stream/common/config.hpp"

namespace stream::bus {

// Where the broker is. The defaults fit a broker on the same machine with --data-dir ./data.
struct ZmqBusOptions {
  std::string publish_endpoint = "ipc://data/run/publish.sock";      // the broker's XSUB
  std::string subscribe_endpoint = "ipc://data/run/subscribe.sock";  // the broker's XPUB
  std::string control_endpoint = "ipc://data/run/control.sock";      // the broker's ROUTER
  milliseconds request_timeout{3000};
  // CURVE (tcp beyond loopback needs it): files made by `streamctl keygen`; empty = none.
  std::string client_secret_key_file;
  std::string server_public_key_file;

  // The broker may be on another machine, and with it whoever reads what we say about ourselves.
  bool broker_is_elsewhere() const;

  // Adds the keys broker.publish, broker.subscribe, broker.control, broker.request_timeout_ms,
  // broker.client_secret_key_file, broker.server_public_key_file.
  void describe(ConfigTable& table);
};

// Connects in the background and again whenever the broker comes back. Fails only for what waiting cannot
// mend: a malformed endpoint, unreadable keys, tcp beyond loopback without keys.
Result<std::unique_ptr<Bus>> make_zmq_bus(const ZmqBusOptions& options);

}  // namespace stream::bus
