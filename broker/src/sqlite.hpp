// SQLite's C interface with ownership and types.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace stream::broker {

// What SQLite could not do. Thrown through the code that runs SQL, which reads as a story of successes;
// Storage ends it by rolling back, so it never leaves the storage thread.
class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  bool disk_full() const { return (code_ & 0xff) == SQLITE_FULL; }

 private:
  int code_;
};

// A prepared statement, used again and again:
//   insert.run(queue, id);                              // binds, executes, resets
//   for (select.begin(queue); select.next();) ...       // rows; after the last one it is reset
//   if (select.first(queue)) ...; select.end();         // one row
// A statement that stands on a row keeps its transaction open, so end() is not optional. Text is bound by
// reference: it must live until the statement is reset. Confined to its database's thread.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);

  template <class... Values>
  void begin(const Values&... values) {
    end();
    int index = 0;
    (bind(++index, values), ...);
  }
  // Moves to the next row; false after the last one.
  bool next();
  template <class... Values>
  void run(const Values&... values) {
    begin(values...);
    while (next()) {
    }
  }
  template <class... Values>
  bool first(const Values&... values) {
    begin(values...);
    return next();
  }
  void end() { sqlite3_reset(statement_.get()); }

  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  std::string text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view value);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// The one connection. Confined to one thread at a time.
class Database {
 public:
  // Creates the file if need be. `full_sync`: a commit survives a power cut, not only the end of the process.
  Database(const std::string& file, bool full_sync);

  void execute(const std::string& sql);
  Statement prepare(std::string_view sql) { return {database_.get(), sql}; }
  std::int64_t last_row() const { return sqlite3_last_insert_rowid(database_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };

  std::unique_ptr<sqlite3, Close> database_;
};

// What happens between construction and commit() happens together or not at all.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace stream::broker
