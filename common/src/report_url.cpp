#include "stream/common/report_url.hpp"

#include <algorithm>
#include <charconv>

#include "stream/common/base64.hpp"
#include "stream/common/secrets.hpp"

namespace stream {
namespace {

constexpr std::size_t kMaxUrlBytes = 4096;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_host_name(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         std::ranges::all_of(host, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::ranges::equal(text.substr(0, lower_case.size()), lower_case,
                            [](char a, char b) { return (is_letter(a) ? a | 0x20 : a) == b; });
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
      std::from_chars(&text[i + 1], &text[i + 1] + 2, byte, 16);
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// "host", "host:port" or "[v6]:port" into `url`; what is wrong, or empty.
std::string_view read_host_and_port(std::string_view text, ReportUrl& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !is_ipv6(text.substr(1, end - 1))) return "an IPv6 address in [ ]";
    url.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    url.host = text.substr(0, colon);
    port = text.substr(colon);
    if (!is_host_name(url.host)) return "a host name or address";
  }
  if (port.empty() || port == ":") return {};
  std::uint16_t number = 0;
  const auto [end, bad] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
  if (port[0] != ':' || bad != std::errc{} || end != port.data() + port.size() || number == 0) {
    return "a port from 1 to 65535";
  }
  url.port = number;
  return {};
}

}  // namespace

std::string ReportUrl::host_header() const {
  const bool v6 = host.find(':') != std::string::npos;
  const auto name = v6 ? fmt::format("[{}]", host) : host;
  return port == (tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

Result<ReportUrl> parse_report_url(std::string_view text) {
  const auto expected = [&](std::string_view what) {
    return fail(ErrorCode::kInvalid, "found \"{}\", expected {}", mask_address(text), what);
  };
  if (text.size() > kMaxUrlBytes) {
    return fail(ErrorCode::kInvalid, "found a URL of {} bytes, expected at most {}", text.size(),
                kMaxUrlBytes);
  }
  // Anything else could end the request line early, or is read differently by each receiver.
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; })) {
    return fail(ErrorCode::kInvalid,
                "found spaces, control or non-ASCII characters in a URL, expected them percent-encoded");
  }

  ReportUrl url;
  url.tls = starts_with_ignoring_case(text, "https://");
  if (!url.tls && !starts_with_ignoring_case(text, "http://")) return expected("http:// or https://");
  if (url.tls) url.port = 443;
  auto rest = text.substr(url.tls ? 8 : 7);
  rest = rest.substr(0, rest.find('#'));

  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  auto authority = rest.substr(0, end);
  const auto target = rest.substr(end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.authorization = "Basic " + base64_encode(percent_decoded(authority.substr(0, at)));
    authority.remove_prefix(at + 1);
  }
  if (const auto wrong = read_host_and_port(authority, url); !wrong.empty()) return expected(wrong);
  url.target = target.starts_with('/') ? std::string(target) : '/' + std::string(target);
  return url;
}

}  // namespace stream
