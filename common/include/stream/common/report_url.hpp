// A report URL, taken apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stream/common/result.hpp"

namespace stream {

struct ReportUrl {
  bool tls = false;
  std::string host;           // name or address; IPv6 without its brackets
  std::uint16_t port = 80;    // 443 for https when the URL names none
  std::string target = "/";   // path and query, as they are sent
  std::string authorization;  // value of the Authorization header for user:password@, else empty
  bool operator==(const ReportUrl&) const = default;

  std::string host_header() const;  // with brackets, and with the port when it is not the scheme's own
};

// http:// or https:// and a host; port, path, query and user:password@ as in RFC 3986, a fragment is left
// out. kInvalid with what was found and expected; the text holds no password.
Result<ReportUrl> parse_report_url(std::string_view url);

}  // namespace stream
