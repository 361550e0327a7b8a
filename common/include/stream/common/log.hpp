// Structured logs on stderr: one line per event, `time level node event key=value ...` (logfmt).
//
//   log::info("task_started", {{"task", id}, {"pid", pid}});
//
// Thread-safe. Values are quoted where needed, every line passes mask_secrets(), and control characters are
// escaped, so that a line is always one line. Events are lower_case nouns and verbs and stay stable: people
// grep for them.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace stream::log {

enum class Level { kDebug, kInfo, kWarn, kError };

// A key with its value, already text.
struct Field {
  template <class T>
  Field(std::string_view key_in, const T& value_in) : key(key_in), value(fmt::format("{}", value_in)) {}

  std::string_view key;
  std::string value;
};

using Fields = std::initializer_list<Field>;

// Call once in main, before threads: the name that stands in every line, and the lowest level that is
// written.
void set_up(std::string_view node_name, Level lowest);

void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::kDebug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::kInfo, event, fields);
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::kWarn, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::kError, event, fields);
}

}  // namespace stream::log
