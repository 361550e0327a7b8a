// The durable queues, in the database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control.hpp"
#include "sqlite.hpp"
#include "stream/bus/bus.hpp"

namespace stream::broker {

// Names one hand-out.
struct Lease {
  std::string queue;
  std::string id;
  std::uint64_t token = 0;
};

// Times are milliseconds of the broker's clock. What changes something wants a transaction around it.
// Confined to the storage thread; throws SqliteError.
class QueueStore {
 public:
  // Creates the tables if need be.
  explicit QueueStore(Database& database);

  // The id is in the queue, or was within the duplicate horizon.
  bool knows(std::string_view queue, std::string_view id);
  // REQUIRES: the id is not known.
  void add(std::string_view queue, std::string_view id, std::string_view payload);
  // Something could be handed out now (or has become ready just now: look again after a pull).
  bool has_ready(std::string_view queue, const bus::GroupFilter& filter, std::int64_t now);
  // When a delay or a lease of this queue ends next.
  std::optional<std::int64_t> next_due(std::string_view queue);
  // Oldest first, at most `most` and about 16 MiB of payload, so that an answer stays bounded.
  std::vector<bus::control::WireDelivery> pull(std::string_view queue, std::uint32_t most,
                                               std::int64_t lease_ms, const bus::GroupFilter& filter,
                                               std::int64_t now);
  Status settle(const Lease& lease, const bus::Settlement& settlement, std::int64_t now);
  // The hand-out reached nobody: as if it had not been.
  void give_back(const Lease& lease);
  std::vector<bus::control::WireItem> list(std::string_view queue, std::optional<bus::QueueState> state,
                                           std::uint32_t most, std::int64_t now);
  Result<std::string> read(std::string_view queue, std::string_view id);
  Status unpark(std::string_view queue, std::string_view id);
  Status purge(std::string_view queue, std::string_view id, std::int64_t now);
  bus::control::Counts count(std::string_view queue, std::int64_t now);
  // Those that hold messages.
  std::vector<std::string> queues();
  // There are ids that were done before the duplicate horizon.
  bool has_old_ids(std::int64_t now);
  // Forgets some of them: so many that calls every second keep up with any queue, so few that none takes
  // long.
  void forget_old_ids(std::int64_t now);

 private:
  struct Row {
    std::int64_t number = 0;
    bus::QueueState state = bus::QueueState::kReady;
    std::uint64_t token = 0;
  };
  // A message that could be handed out.
  struct Ready {
    std::int64_t number = 0;
    std::string id;
    std::uint32_t attempts = 0;
    std::int64_t payload_bytes = 0;
  };
  static void append_rows(Statement& rows, std::vector<Ready>& ready);
  // The groups of ready messages that `filter` admits.
  std::vector<std::string> ready_groups(std::string_view queue, const bus::GroupFilter& filter);
  std::vector<Ready> oldest_ready(std::string_view queue, std::uint32_t most, const bus::GroupFilter& filter);
  std::optional<Row> find(std::string_view queue, std::string_view id);
  std::string payload_of(std::int64_t number);
  void finish(std::string_view queue, std::string_view id, std::int64_t number, std::int64_t now);

  Database& database_;
  Statement find_, find_done_;
  Statement insert_, insert_payload_;
  Statement any_ready_, any_due_, next_due_;
  Statement wake_, ready_, next_group_, ready_in_group_, hand_out_, payload_;
  Statement extend_, delay_, park_, make_ready_, give_back_;
  Statement remove_, remove_payload_, insert_done_, any_old_done_, forget_done_;
  Statement list_, count_, queues_;
};

}  // namespace stream::broker
