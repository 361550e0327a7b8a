// An asynchronous HTTP/1.1 server (Boost.Beast for the header, plain reads for the body, OpenSSL for TLS)
// that slow, idle and malicious peers cannot stop. One implementation serves the frame edge, the REST face
// and every node's /metrics.
//
// Guarantees: a header is complete within `header_deadline` of the connection (on a kept one: of its first
// byte) or the connection is closed; a body arrives at `minimum_body_rate` or faster or the connection is
// closed; a request is refused by its header (size, unknown path) before its body is read; the body is read
// straight into memory that the handler names, without a copy; an exception of a handler answers 500 and
// stops nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "stream/common/metrics.hpp"
#include "stream/common/result.hpp"
#include "stream/http/tls.hpp"

namespace stream::http {

struct Response {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::map<std::string, std::string> headers;  // further ones
};

// What is known before the body. Views are valid during the call only.
struct RequestHead {
  std::string_view method;  // "GET"
  std::string_view path;    // still percent-encoded, without the query
  std::string_view query;   // what follows '?', without it
  std::string_view content_type;
  std::string_view authorization;
  std::optional<std::uint64_t> content_length;
  std::string_view remote;  // address:port
  bool chunked = false;
};

// Where a body of known length goes. `memory` is as long as Content-Length says; `owner` keeps it alive and
// comes back in Request.
struct BodyBuffer {
  std::shared_ptr<void> owner;
  std::span<char> memory;
};

struct Request {
  std::string method, path, query, content_type, remote;
  std::string_view body;        // lives as long as `owner`
  std::shared_ptr<void> owner;  // BodyBuffer::owner, when the handler named one; else the server's own
  std::vector<std::string> path_values{};  // filled in by Router
};

// Sends the answer of one request; call it once, from any thread. Dropping it without a call answers 500.
using Respond = std::function<void(Response)>;

// Response: answered at once; when a body would follow it is not read and the connection is closed. A
// std::size_t: read the body (of known length or chunked) into memory of the server's own, up to this many
// bytes (413 over it). BodyBuffer: read it there (needs Content-Length; 411 without).
using HeadDecision = std::variant<Response, std::size_t, BodyBuffer>;

// Both run on the server's I/O threads and must not block; work that blocks goes elsewhere and keeps
// `respond`.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual HeadDecision on_head(const RequestHead& head) = 0;
  virtual void on_request(Request request, Respond respond) = 0;
};

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  // address:port; port 0 = the system picks one
  std::size_t max_header_bytes = 16ULL * 1024;
  std::size_t max_connections = 8192;  // a further one takes the place of the longest idle, see Server
  std::chrono::milliseconds header_deadline{5000};
  std::size_t minimum_body_rate = 16ULL * 1024;  // bytes a second, in every two seconds
  // Between requests of a kept connection, and for taking the answer (large ones: and the time at the minimum
  // rate).
  std::chrono::milliseconds idle_deadline{10000};
  int backlog = 1024;
  // The kernel's memory for what a connection has sent and we have not read; 0 = the system's choice, which
  // starts small. As far as the system allows. A body that fits in at once costs a third less CPU.
  int receive_buffer_bytes = 0;
  // HTTPS as this; null: plain HTTP. Shaking hands counts as part of the first header.
  std::shared_ptr<const TlsIdentity> tls{};
};

// When max_connections are open, or the system has no more descriptors, the connection that has been without
// a whole request for longest is closed for a new one, so that idle ones never lock others out. When all are
// at work the new one is closed. Both are counted.
class Server {
 public:
  // Binds and listens; kUnavailable with the address and the system's reason when it cannot ("127.0.0.1:8001:
  // address already in use"). `handler` must outlive the server. Counters are named stream_http_* with the
  // label server=`name`.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler& handler,
                                               Metrics& metrics, const std::string& name);
  virtual ~Server() = default;  // stops accepting, closes what is open, joins its thread

  virtual std::uint16_t port() const = 0;
  virtual std::string address() const = 0;  // host:port as bound
};

// path -> handler table for small faces; on other paths 404, on a known path with another method 405 with
// Allow. HEAD is answered wherever GET is, by the same route, and OPTIONS with Allow on every path. Routes
// may block: they run on a thread pool of the router's own.
class Router : public Handler {
 public:
  using Route = std::function<Response(const Request&)>;
  struct Entry {
    std::string method, path;  // as they were added
  };

  // `threads` run the routes; at most `queue` requests wait for one, further ones get 503.
  explicit Router(std::size_t threads, std::size_t queue = 1024, std::size_t max_body_bytes = 1 << 20);
  ~Router() override;

  // A path may have {names} as segments, or at their beginnings (/pictures/{n}.jpg): what stands there is in
  // Request::path_values, in order and percent-decoded (400 when it cannot be). One that ends in '/' matches
  // everything below it, too. The path without names wins, then the first with names that was added, then the
  // longest that ends in '/'. Only before the server starts.
  void add(std::string method, std::string path, Route route);
  // All of them, by path and method; those with names come last.
  std::vector<Entry> routes() const;

  HeadDecision on_head(const RequestHead& head) override;
  void on_request(Request request, Respond respond) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stream::http
