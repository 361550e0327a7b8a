#include "sqlite.hpp"

namespace stream::broker {
namespace {

[[noreturn]] void raise(sqlite3* database) {
  throw SqliteError(sqlite3_extended_errcode(database), sqlite3_errmsg(database));
}

}  // namespace

Statement::Statement(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) raise(database);
  statement_.reset(statement);
}

bool Statement::next() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    end();
    return false;
  }
  sqlite3* database = sqlite3_db_handle(statement_.get());
  const SqliteError error(sqlite3_extended_errcode(database), sqlite3_errmsg(database));
  end();
  throw error;
}

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

void Statement::bind(int index, std::int64_t value) {
  if (sqlite3_bind_int64(statement_.get(), index, value) != SQLITE_OK)
    raise(sqlite3_db_handle(statement_.get()));
}

// As a blob: names and values may hold any byte, and blobs compare byte by byte.
void Statement::bind(int index, std::string_view value) {
  const char* bytes = value.empty() ? "" : value.data();  // a null pointer would bind NULL
  const int result = sqlite3_bind_blob64(statement_.get(), index, bytes, value.size(), SQLITE_STATIC);
  if (result != SQLITE_OK) raise(sqlite3_db_handle(statement_.get()));
}

Database::Database(const std::string& file, bool full_sync) {
  sqlite3* database = nullptr;
  const int result = sqlite3_open_v2(
      file.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  if (result != SQLITE_OK) raise(database);
  // Exclusive before WAL: then the log's index is in our memory, and no second connection gets in.
  execute("PRAGMA locking_mode=EXCLUSIVE");
  execute("PRAGMA journal_mode=WAL");
  execute(full_sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  // The log stays smaller than the ballast, so that there is always room to empty a full disk.
  execute("PRAGMA wal_autocheckpoint=512");
  execute("PRAGMA journal_size_limit=4194304");
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    raise(database_.get());
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const SqliteError&) {
    // After some errors SQLite has rolled back by itself, and nothing is left to do.
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace stream::broker
