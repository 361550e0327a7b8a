// Small texts from outside: addresses, names, answers of receivers, base64.
#include "answer_code.hpp"
#include "stream/common/base64.hpp"
#include "stream/common/encode.hpp"
#include "stream/common/report_url.hpp"
#include "stream/common/secrets.hpp"
#include "target.hpp"

std::vector<std::string> stream::fuzz::examples() {
  return {"http://user:password@127.0.0.1:8080/api/upload?token=x#y",
          "https://[::1]/",
          "rtsp://admin:p%40ss:w@rd@camera/stream?password=secret&x=y",
          R"({"code":0,"msg":"ok"})",
          R"({"Code":"-1","Msg":"参数错误","data":{"code":5}})",
          "Mon, 23 Nov 2026 08:00:00 GMT",
          "120",
          "aGVsbG8gd29ybGQ=",
          "../任务 1?#%00"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stream;
  const std::string text(fuzz::text_of(data, size));
  const auto url = parse_report_url(text);
  FUZZ_CHECK(url || !url.error().message.empty());
  static_cast<void>(mask_secrets(text));
  static_cast<void>(mask_address(text));
  const std::string name = encode_name(text);
  FUZZ_CHECK(!name.empty() && name.size() <= 120 && name != "." && name != ".." &&
             name.find('/') == std::string::npos);
  static_cast<void>(count_code_points(text));
  // Not always the text again: bits that fill up the last character do not count.
  if (const auto bytes = base64_decode(text)) FUZZ_CHECK(base64_decode(base64_encode(*bytes)) == *bytes);
  static_cast<void>(reporter::read_answer_code(text));
  static_cast<void>(reporter::excerpt(text));
  FUZZ_CHECK(reporter::read_retry_after(text, text, 0) <= std::chrono::minutes(5));
  return 0;
}
