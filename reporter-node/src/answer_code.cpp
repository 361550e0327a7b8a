#include "answer_code.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>

#include "stream/common/secrets.hpp"

namespace stream::reporter {
namespace {

constexpr std::size_t kExcerptBytes = 200;
constexpr std::int64_t kLongestWait = 300;  // s

// Sees every value with its depth and, on the outermost level, its key; the parser keeps no tree.
class CodeReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  AnswerCode take() && { return std::move(found_); }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t value) override { return number(value != 0); }
  bool number_unsigned(number_unsigned_t value) override { return number(value != 0); }
  bool number_float(number_float_t value, const string_t&) override { return number(value < 0 || value > 0); }
  bool string(string_t& value) override {
    if (!is_outermost_member()) return true;
    if (key_ == "msg" || key_ == "Msg") found_.message = value;
    std::int64_t as_number = 0;
    const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), as_number);
    return number(bad == std::errc{} && end == value.data() + value.size() && as_number != 0);
  }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    if (depth_ == 0) in_object_ = true;
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& value) override {
    if (depth_ == 1) key_ = value;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool is_outermost_member() const { return in_object_ && depth_ == 1; }
  bool number(bool is_set) {
    if (is_set && is_outermost_member() && (key_ == "code" || key_ == "Code")) found_.refused = true;
    return true;
  }

  AnswerCode found_;
  std::string key_;
  int depth_ = 0;
  bool in_object_ = false;
};

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", in which every server today writes dates.
std::optional<std::int64_t> unix_time(const std::string& http_date) {
  std::tm parts{};
  const char* end = ::strptime(http_date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return ::timegm(&parts);
}

}  // namespace

std::chrono::milliseconds read_retry_after(const std::string& retry_after, const std::string& date_header,
                                           std::int64_t now_unix) {
  std::int64_t seconds = 0;
  const auto [end, bad] =
      std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
  const bool whole = end == retry_after.data() + retry_after.size();
  if (bad == std::errc::result_out_of_range && whole) {
    seconds = kLongestWait;
  } else if (bad != std::errc{} || !whole) {
    const auto then = unix_time(retry_after);
    seconds = then ? *then - unix_time(date_header).value_or(now_unix) : 0;
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kLongestWait));
}

AnswerCode read_answer_code(std::string_view body) {
  CodeReader reader;
  nlohmann::json::sax_parse(body, &reader);
  return std::move(reader).take();
}

std::string excerpt(std::string_view body) {
  auto length = std::min(body.size(), kExcerptBytes);
  while (length > 0 && length < body.size() && is_continuation(body[length])) --length;
  // By way of a JSON string, whose writer replaces what is not UTF-8.
  const auto valid =
      nlohmann::json(body.substr(0, length)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  auto text = nlohmann::json::parse(valid).get<std::string>();
  std::ranges::replace_if(
      text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
  return mask_secrets(text) + (length < body.size() ? "..." : "");
}

}  // namespace stream::reporter
