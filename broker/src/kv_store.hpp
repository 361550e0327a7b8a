// The KV's durable keys, and the few numbers a broker must remember, in the database.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kv_table.hpp"
#include "sqlite.hpp"

namespace stream::broker {

// Confined to the storage thread; throws SqliteError.
class KvStore {
 public:
  // Creates the tables if need be.
  explicit KvStore(Database& database);

  void load_into(bus::KvTable& table);
  // An empty value deletes.
  void write(std::string_view key, std::optional<std::string_view> value, bus::Revision revision);

  // A number by name, `initial` when it was never stored.
  std::int64_t number(std::string_view name, std::int64_t initial);
  void store_number(std::string_view name, std::int64_t value);

 private:
  Statement all_, put_, erase_, number_, store_number_;
};

}  // namespace stream::broker
