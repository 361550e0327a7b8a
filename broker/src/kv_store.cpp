#include "kv_store.hpp"

namespace stream::broker {
namespace {

Database& with_tables(Database& database) {
  database.execute(R"(
CREATE TABLE IF NOT EXISTS kv(key BLOB PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS number(name BLOB PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
)");
  return database;
}

}  // namespace

KvStore::KvStore(Database& database)
    : all_(with_tables(database).prepare("SELECT key, value, revision FROM kv")),
      put_(database.prepare("INSERT INTO kv(key, value, revision) VALUES(?1, ?2, ?3) ON CONFLICT(key) "
                            "DO UPDATE SET value=excluded.value, revision=excluded.revision")),
      erase_(database.prepare("DELETE FROM kv WHERE key=?1")),
      number_(database.prepare("SELECT value FROM number WHERE name=?1")),
      store_number_(database.prepare("INSERT INTO number(name, value) VALUES(?1, ?2) ON CONFLICT(name) "
                                     "DO UPDATE SET value=excluded.value")) {}

void KvStore::load_into(bus::KvTable& table) {
  for (all_.begin(); all_.next();) {
    table.restore(all_.text(0), all_.text(1), static_cast<bus::Revision>(all_.integer(2)));
  }
}

void KvStore::write(std::string_view key, std::optional<std::string_view> value, bus::Revision revision) {
  if (value) {
    put_.run(key, *value, static_cast<std::int64_t>(revision));
  } else {
    erase_.run(key);
  }
}

std::int64_t KvStore::number(std::string_view name, std::int64_t initial) {
  const std::int64_t value = number_.first(name) ? number_.integer(0) : initial;
  number_.end();
  return value;
}

void KvStore::store_number(std::string_view name, std::int64_t value) {
  store_number_.run(name, value);
}

}  // namespace stream::broker
