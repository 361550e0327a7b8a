#include "engine_log.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace stream::sim {

void engine_log(std::string_view level, std::string_view place, std::string_view text) {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm local{};
  localtime_r(&now, &local);
  constexpr long kMinute = 60, kHour = 3600;
  const long away = std::labs(local.tm_gmtoff);
  fmt::print("[{:02}:{:02}:{:02} {}{:02}:{:02}] [engine] [{}] [{}] {}\n", local.tm_hour, local.tm_min,
             local.tm_sec, local.tm_gmtoff < 0 ? '-' : '+', away / kHour, away % kHour / kMinute, level,
             place, text);
  std::fflush(stdout);
}

void ffmpeg_log(std::string_view text) {
  fmt::print(stderr, "{}\n", text);
}

}  // namespace stream::sim
