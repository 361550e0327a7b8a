// What stream processes and drivers write: lines about the speed, lines that are shown without passwords, how
// much memory is free.
#include <cmath>

#include "device_memory.hpp"
#include "fps_line.hpp"
#include "log_secrets.hpp"
#include "output_log.hpp"
#include "target.hpp"

std::vector<std::string> stream::fuzz::examples() {
  return {"[14:03:59 +08:00] [engine] [info] [profiler.cc:38] [fps_decode_0] tmp_fps: 25.01, avg_fps: 24.9",
          "[channel_12] tmp_fps: 0.5, avg_fps: 3", "Start reconnected, url: rtsp://user:word@camera/1.",
          "Summary:\n[0] npu heap size:4141875200 bytes, used:144646144 bytes\tusage rate:4%",
          "4141875200\n"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stream;
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto line = api::parse_fps_line(text)) {
    FUZZ_CHECK(std::isfinite(line->fps) && line->fps >= 0 && line->channel >= 0);
  }
  const std::string password = "Zq7 /@:x", address = "rtsp://admin:" + password + "@10.0.0.7/1";
  api::LogSecrets secrets;
  (void)secrets.note(address);
  const std::string shown = api::show_log_line(std::string(text) + address + std::string(text), secrets);
  FUZZ_CHECK(shown.size() <= 4096 && shown.find(password) == std::string::npos);
  (void)api::parse_free_memory(text);
  return 0;
}
