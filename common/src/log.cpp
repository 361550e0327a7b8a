#include "stream/common/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "stream/common/secrets.hpp"

namespace stream::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      break;
  }
  return spdlog::level::err;
}

bool needs_quotes(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 127;
}

// A value of logfmt: as it is, or in quotes with escapes, so that it never ends the line or looks like
// another field.
void append_value(std::string& line, std::string_view value) {
  if (!value.empty() && std::none_of(value.begin(), value.end(), needs_quotes)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ' || c == 127) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
  line += '"';
}

// Until set_up, and in tests, lines carry no name.
std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("-", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %n %v");
    return made;
  }();
  return instance;
}

}  // namespace

void set_up(std::string_view node_name, Level lowest) {
  auto made = std::make_shared<spdlog::logger>(std::string(node_name), logger()->sinks().front());
  made->set_level(to_spdlog(lowest));
  made->flush_on(spdlog::level::debug);
  logger() = std::move(made);
}

void write(Level level, std::string_view event, Fields fields) {
  auto& sink = *logger();
  if (!sink.should_log(to_spdlog(level))) return;
  std::string line(event);
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, mask_secrets(field.value));
  }
  sink.log(to_spdlog(level), "{}", line);
}

}  // namespace stream::log
