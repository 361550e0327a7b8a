// One request's header, and its body when that comes in chunks, taken apart by Beast.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <string>

namespace stream::http {

// Keeps copies of the few fields a handler is told; everything else in the header is checked and forgotten.
// Feed it with put() until is_header_done(), then, if chunked(), until is_done().
class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser();

  std::string method, path, query, content_type, authorization;
  bool expects_continue = false;
  bool unknown_expectation = false;        // Expect: something else
  bool unknown_transfer_encoding = false;  // anything but exactly "chunked"
  std::string body;                        // what the chunks held
  std::size_t body_limit_bytes = 0;        // put() ends with body_limit when the chunks hold more

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, string_view method_text, string_view target,
                       int version, error_code& ec) override;
  void on_response_impl(int, string_view, int, error_code& ec) override { ec = {}; }
  void on_field_impl(boost::beast::http::field field, string_view name, string_view value,
                     error_code& ec) override;
  void on_header_impl(error_code& ec) override { ec = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& ec) override { ec = {}; }
  std::size_t on_body_impl(string_view data, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t, string_view, error_code& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t remaining, string_view data, error_code& ec) override;
  void on_finish_impl(error_code& ec) override { ec = {}; }
};

}  // namespace stream::http
