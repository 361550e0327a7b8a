#include "response_head.hpp"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <iterator>

namespace stream::http {

std::string response_head(const Response& response, bool keep_alive) {
  const auto phrase = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
  std::string head;
  head.reserve(256);
  auto out = std::back_inserter(head);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nContent-Length: {}\r\nConnection: {}\r\n", response.status,
                 fmt::string_view(phrase.data(), phrase.size()), response.body.size(),
                 keep_alive ? "keep-alive" : "close");
  if (!response.content_type.empty()) fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
  for (const auto& [name, value] : response.headers) fmt::format_to(out, "{}: {}\r\n", name, value);
  head += "\r\n";
  return head;
}

}  // namespace stream::http
