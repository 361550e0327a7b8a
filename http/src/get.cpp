#include "stream/http/get.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>

namespace stream::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

struct HostAndPort {
  std::string host, port;
};

Result<HostAndPort> split(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) {
    return fail(ErrorCode::kInvalid, "found the address \"{}\", expected host:port", address);
  }
  auto host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return HostAndPort{std::move(host), address.substr(colon + 1)};
}

// The steps of one exchange. All of them run inside run_until(), on the caller's thread.
class Exchange {
 public:
  // GET, or POST when there is a body.
  Exchange(const std::string& address, const std::string& target, std::optional<std::string> body,
           std::size_t max_body_bytes)
      : request_(body ? beast::http::verb::post : beast::http::verb::get, target, 11) {
    request_.set(beast::http::field::host, address);
    request_.set(beast::http::field::connection, "close");
    if (body) {
      request_.set(beast::http::field::content_type, "application/json");
      request_.body() = *std::move(body);
      request_.prepare_payload();
    }
    parser_.body_limit(max_body_bytes);
  }

  // Empty when the deadline came first.
  std::optional<error_code> run_until(const HostAndPort& peer,
                                      std::chrono::steady_clock::time_point deadline) {
    resolver_.async_resolve(
        peer.host, peer.port, [this](error_code error, const tcp::resolver::results_type& found) {
          if (error) return end(error);
          stream_.async_connect(found, [this](error_code failed, const tcp::endpoint&) { write(failed); });
        });
    context_.run_until(deadline);
    return result_;
  }

  // To the peer, of the request.
  bool was_sent() const { return was_sent_; }

  Answer take_answer() {
    auto& message = parser_.get();
    return {message.result_int(), std::string(message[beast::http::field::content_type]),
            std::move(message.body())};
  }

 private:
  void write(error_code error) {
    if (error) return end(error);
    was_sent_ = true;
    beast::http::async_write(stream_, request_,
                             [this](error_code failed, std::size_t) { read_header(failed); });
  }

  // The header apart from the body: read in one go Beast 1.74 forgets that a Content-Length is over the
  // limit.
  void read_header(error_code error) {
    if (error) return end(error);
    beast::http::async_read_header(stream_, buffer_, parser_,
                                   [this](error_code failed, std::size_t) { read_body(failed); });
  }

  void read_body(error_code error) {
    if (error) return end(error);
    beast::http::async_read(stream_, buffer_, parser_,
                            [this](error_code failed, std::size_t) { end(failed); });
  }

  void end(error_code error) { result_ = error; }

  asio::io_context context_{1};
  tcp::resolver resolver_{context_};
  beast::tcp_stream stream_{context_};
  beast::http::request<beast::http::string_body> request_;
  beast::flat_buffer buffer_;
  beast::http::response_parser<beast::http::string_body> parser_;
  std::optional<error_code> result_;
  bool was_sent_ = false;
};

struct Outcome {
  Result<Answer> answer;
  bool was_sent = false;
};

Outcome ask(const std::string& address, const std::string& target, std::optional<std::string> body,
            std::chrono::steady_clock::time_point deadline, std::size_t max_body_bytes) {
  const auto peer = split(address);
  if (!peer) return {tl::unexpected(peer.error())};
  try {
    Exchange exchange(address, target, std::move(body), max_body_bytes);
    const auto result = exchange.run_until(*peer, deadline);
    const bool was_sent = exchange.was_sent();
    if (!result) return {fail(ErrorCode::kUnavailable, "{}: no complete answer in time", address), was_sent};
    if (*result) return {fail(ErrorCode::kUnavailable, "{}: {}", address, result->message()), was_sent};
    return {exchange.take_answer(), true};
  } catch (const std::exception& e) {
    return {fail(ErrorCode::kInternal, "{}: {}", address, e.what())};
  }
}

}  // namespace

Result<Answer> get(const std::string& address, const std::string& target,
                   std::chrono::steady_clock::time_point deadline, std::size_t max_body_bytes) {
  return ask(address, target, std::nullopt, deadline, max_body_bytes).answer;
}

Result<Answer> post_json(const std::string& address, const std::string& target, std::string body,
                         std::chrono::steady_clock::time_point deadline, std::size_t max_body_bytes) {
  Outcome outcome = ask(address, target, std::move(body), deadline, max_body_bytes);
  if (!outcome.answer && !outcome.was_sent && outcome.answer.error().code == ErrorCode::kUnavailable)
    outcome.answer.error().code = ErrorCode::kNotFound;
  return std::move(outcome.answer);
}

}  // namespace stream::http
