// Everything the broker remembers: queues, KV, clock. One operation in, one outcome out; no threads, no
// sockets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker_clock.hpp"
#include "control.hpp"
#include "disk_room.hpp"
#include "kv_store.hpp"
#include "kv_table.hpp"
#include "queue_store.hpp"
#include "sqlite.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/rate_limit.hpp"
#include "stream/common/result.hpp"

namespace stream::broker {

struct StateOptions {
  std::filesystem::path directory;  // exists and is ours alone
  bool full_sync = true;            // commits survive a power cut
  std::uint64_t max_database_bytes = 4096ULL * 1024 * 1024;
  std::uint64_t max_kv_bytes = 256ULL * 1024 * 1024;
  std::uint64_t ballast_bytes = 8ULL * 1024 * 1024;
};

// Confined to one thread at a time.
class State {
 public:
  using Operation = bus::control::Operation;
  using Outcome = bus::control::Outcome;

  // What is wrong with the database when it cannot be used.
  static Result<std::unique_ptr<State>> open(const StateOptions& options, Metrics& metrics);

  // The operation changes durable data, so it belongs into write().
  static bool is_write(const Operation& operation);
  // REQUIRES: neither a write nor AwaitChanges.
  Outcome answer(const Operation& operation);
  // All in one commit. When it fails nothing has happened and each outcome says so; on a full disk what makes
  // room still goes through. `given_back`: hand-outs that reached nobody.
  std::vector<Outcome> write(const std::vector<const Operation*>& operations,
                             const std::vector<Lease>& given_back);

  // Something could be pulled.
  bool has_ready(const bus::control::Pull& pull);
  // How long until a delay or a lease of this queue ends; empty: nothing runs.
  std::optional<bus::milliseconds> next_due(const std::string& queue);
  bool changed(std::string_view prefix, bus::Revision after) const { return kv_.changed(prefix, after); }
  bus::control::Changed changes(std::string_view prefix, bus::Revision after) const;
  bus::Revision revision() const { return kv_.revision(); }

  // Call about once a second: keeps the clock on disk while it matters, forgets old ids, updates the gauges.
  void keep_house();

 private:
  struct KvWrite {
    const bus::control::Cas* cas;
    bus::Revision revision;
  };
  // What a transaction is going to do to the KV when it has been committed.
  struct PendingKv {
    std::vector<KvWrite> writes;
    std::map<std::string_view, bus::Revision> revisions;  // 0: deleted
    std::uint64_t bytes = 0;
  };

  State(const StateOptions& options, Metrics& metrics);

  std::vector<Outcome> try_write(const std::vector<const Operation*>& operations,
                                 const std::vector<Lease>& given_back);
  Outcome write_one(const Operation& operation, PendingKv& pending);
  Outcome enqueue(const bus::control::Enqueue& operation);
  Outcome cas(const bus::control::Cas& operation, PendingKv& pending);
  Outcome volatile_cas(const bus::control::Cas& operation);
  bool kv_has_room(const bus::control::Cas& operation, std::uint64_t pending_bytes, std::uint64_t most) const;
  void measure_database();
  // Stores that revisions up to the returned one may be given; that holds when the transaction is committed.
  bus::Revision reserve_revisions();
  void update_gauges();

  const StateOptions options_;
  Metrics& metrics_;
  Counter commits_, commit_seconds_, committed_, failed_commits_;
  DiskRoom disk_;
  Database database_;
  QueueStore queues_;
  KvStore kv_store_;
  Statement page_size_, page_count_, free_pages_;
  BrokerClock clock_;
  bus::Revision reserved_revision_;  // given revisions stay below; the next broker starts there
  bus::KvTable kv_;
  std::set<std::string> queue_names_;
  std::uint64_t database_bytes_ = 0;
  RateLimit complaints_{std::chrono::seconds(10)};
  int houses_kept_ = 0;
};

}  // namespace stream::broker
