// The simulated broker: one KV and one queue with the promises of bus.hpp. What arrives when, and what is
// lost, is the network's part.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "stream/bus/bus.hpp"

namespace stream::simulation {

struct Get {
  std::string key;
};
struct List {
  std::string prefix;
};
struct Cas {
  std::string key;
  bus::Revision expected = 0;
  std::optional<std::string> value;
  bool forced = false;  // whatever the revision is: for broken variants
};
struct Enqueue {
  std::string id, payload;
};
using Request = std::variant<Get, List, Cas, Enqueue>;
using Reply =
    std::variant<std::optional<bus::Entry>, std::vector<bus::Entry>, bus::CasResult, bus::EnqueueResult>;

// Confined to one thread.
class Broker {
 public:
  // What is done, told as it happens. `before`, `after`: the key's value, empty: none.
  struct Listener {
    std::function<void(const std::string& key, const std::optional<std::string>& before,
                       const std::optional<std::string>& after)>
        on_written;
    std::function<void(const std::string& id, const std::string& payload, bool stored)> on_enqueued;
  };
  explicit Broker(Listener listener) : listener_(std::move(listener)) {}

  Reply execute(const Request& request);
  // The process ends and another one begins: volatile keys are gone.
  void restart();
  // No room: writes are refused, deleting is not.
  void set_full(bool full) { full_ = full; }
  bool full() const { return full_; }

  // How far a watch has come.
  struct Cursor {
    int process = -1;  // of the broker
    bus::Revision revision = 0;
  };
  // What is new since; empty: nothing.
  std::optional<bus::Watch::Changes> changes(const std::string& prefix, Cursor& cursor) const;

  const std::map<std::string, bus::Entry>& entries() const { return entries_; }
  const std::map<std::string, std::string>& queue() const { return queue_; }  // payloads by id

 private:
  bus::CasResult cas(const Cas& cas);

  const Listener listener_;
  std::map<std::string, bus::Entry> entries_;
  std::map<std::string, bus::Revision> deleted_;  // since the process began
  std::map<std::string, std::string> queue_;
  bus::Revision revision_ = 0;
  int process_ = 0;
  bool full_ = false;
};

}  // namespace stream::simulation
