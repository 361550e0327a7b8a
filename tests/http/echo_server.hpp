// A server for the tests: what it answers depends on the path, so that each test shows in one line what it
// asks.
#pragma once

#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "stream/common/assert.hpp"
#include "stream/http/server.hpp"

namespace stream::http {

// /echo     collects up to 1000 bytes, answers the body
// /buffer   reads the body into memory of the handler, answers the body
// /refused  404 by the header
// /thread   answers from another thread
// /silent   drops the request without an answer
// /kept     keeps `respond` in `kept`
// /throws, /throws-early
// /big      answers a million bytes
class EchoHandler : public Handler {
 public:
  HeadDecision on_head(const RequestHead& head) override {
    if (head.path == "/refused") return Response{404, R"({"error":"unknown"})", "application/json", {}};
    if (head.path == "/throws-early") throw std::runtime_error("on purpose");
    if (head.path == "/buffer") {
      auto memory = std::make_shared<std::vector<char>>(head.content_length.value_or(0));
      return BodyBuffer{memory, {memory->data(), memory->size()}};
    }
    return std::size_t{1000};
  }

  void on_request(Request request, Respond respond) override {
    if (request.path == "/throws") throw std::runtime_error("on purpose");
    if (request.path == "/silent") return;
    if (request.path == "/kept") {
      const std::lock_guard lock(mutex);
      kept.push_back(std::move(respond));
      return;
    }
    if (request.path == "/thread") {
      threads.emplace_back([respond = std::move(respond)] {
        respond({200, "from elsewhere", "text/plain", {}});
      });
      return;
    }
    if (request.path == "/big") return respond({200, std::string(1'000'000, 'x'), "text/plain", {}});
    respond({200, std::string(request.body), "text/plain", {{"X-Query", request.query}}});
  }

  std::mutex mutex;
  std::vector<Respond> kept;  // guarded by mutex
  std::vector<std::jthread> threads;
};

inline ServerOptions quick_options() {
  ServerOptions options;
  options.header_deadline = std::chrono::milliseconds(150);
  options.idle_deadline = std::chrono::milliseconds(300);
  return options;
}

struct EchoServer {
  explicit EchoServer(const ServerOptions& options = {}) {
    auto started = Server::start(options, handler, metrics, "test");
    STREAM_ASSERT(started.has_value(), "{}", started.error().message);
    server = std::move(*started);
  }

  std::uint16_t port() const { return server->port(); }
  double timeouts(const std::string& waiting_for) {
    return metrics
        .counter("stream_http_timeouts_total", "", {{"server", "test"}, {"waiting_for", waiting_for}})
        .value();
  }
  double counter(const std::string& name) { return metrics.counter(name, "", {{"server", "test"}}).value(); }

  Metrics metrics;
  EchoHandler handler;
  std::unique_ptr<Server> server;
};

}  // namespace stream::http
