#include "request_parser.hpp"

#include <boost/beast/http/error.hpp>
#include <limits>

namespace stream::http {

namespace beast = boost::beast;

RequestParser::RequestParser() {
  // The session counts header bytes itself, and the handler decides about the body's size.
  header_limit(std::numeric_limits<std::uint32_t>::max());
  body_limit(std::numeric_limits<std::uint64_t>::max());
}

void RequestParser::on_request_impl(beast::http::verb, string_view method_text, string_view target, int,
                                    error_code& ec) {
  ec = {};
  method.assign(method_text.data(), method_text.size());
  const auto mark = target.find('?');
  path.assign(target.data(), std::min(mark, target.size()));
  if (mark != string_view::npos) query.assign(target.data() + mark + 1, target.size() - mark - 1);
}

void RequestParser::on_field_impl(beast::http::field field, string_view, string_view value, error_code& ec) {
  ec = {};
  switch (field) {
    case beast::http::field::content_type:
      content_type.assign(value.data(), value.size());
      break;
    case beast::http::field::authorization:
      authorization.assign(value.data(), value.size());
      break;
    case beast::http::field::expect:
      (beast::iequals(value, "100-continue") ? expects_continue : unknown_expectation) = true;
      break;
    case beast::http::field::transfer_encoding:
      // Beast passes over encodings it does not know; their bodies would be taken for the next request.
      if (!beast::iequals(value, "chunked")) unknown_transfer_encoding = true;
      break;
    default:
      break;
  }
}

std::size_t RequestParser::on_body_impl(string_view, error_code& ec) {
  // Bodies of known length never get here: the session reads them itself.
  ec = beast::http::error::unexpected_body;
  return 0;
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view data, error_code& ec) {
  if (data.size() > body_limit_bytes - body.size()) {
    ec = beast::http::error::body_limit;
    return 0;
  }
  ec = {};
  body.append(data.data(), data.size());
  return data.size();
}

}  // namespace stream::http
