// A receiver that behaves badly in every way a receiver can, and writes down what it was sent.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "stream/test/certificate.hpp"

namespace stream::reporter::test {

struct Post {
  std::string idempotency_key;
  std::uint32_t attempt = 0;  // X-Attempt
  std::string head;           // request line and headers
  std::string body;
};

// What is done about one connection.
struct Reply {
  enum class Kind {
    kAnswer,         // reads the request, answers `status` and `body`
    kResetAtOnce,    // resets the connection without reading
    kResetAfter,     // reads the request, then resets
    kHalfAnswer,     // promises more bytes than it sends, then resets
    kSilent,         // reads the request, never answers
    kDripHeader,     // answers a header byte every now and then, without end
    kDripBody,       // the same with the body, and without a Content-Length
    kReadSlowly,     // reads a byte every now and then
    kEndlessAnswer,  // status 200 and a Content-Length of 2 GB, sent as fast as it is taken
  };
  Kind kind = Kind::kAnswer;
  int status = 200;
  std::string body = R"({"code":0,"msg":"ok"})";
  std::string header;                  // a further line, with its CR LF
  std::chrono::milliseconds delay{0};  // before the answer

  static Reply of(Kind kind) {
    Reply reply;
    reply.kind = kind;
    return reply;
  }
  static Reply with(int status, std::string body = {}) {
    Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
  }
};

// Listens on 127.0.0.1; a thread per connection; ends all of them in the destructor. Thread-safe.
class BadReceiver {
 public:
  // Asked for each connection, with its number from 0.
  using Behaviour = std::function<Reply(std::size_t number)>;

  // Gets each request before it is answered, on the thread of its connection; what it leaves is kept in
  // posts().
  using OnPost = std::function<void(Post&, const Reply&)>;

  explicit BadReceiver(Behaviour behaviour, const stream::test::Certificate* tls = nullptr,
                       OnPost on_post = nullptr);
  ~BadReceiver();
  BadReceiver(const BadReceiver&) = delete;
  BadReceiver& operator=(const BadReceiver&) = delete;

  std::string url(const std::string& path = "/api/upload") const;

  // Requests that were read to their end, in the order of that.
  std::vector<Post> posts() const;
  std::size_t connections() const { return connections_; }
  std::size_t most_at_once() const { return most_at_once_; }
  std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  struct Connection;
  void accept();
  void serve(std::size_t number, int socket);
  void act(Connection& connection, const Reply& reply);
  bool read_request(Connection& connection, const Reply& reply);
  bool pause() const;  // a moment; false when all is over

  const Behaviour behaviour_;
  const OnPost on_post_;
  SSL_CTX* tls_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> over_ = false;
  std::atomic<std::size_t> connections_ = 0, at_once_ = 0, most_at_once_ = 0;
  std::atomic<std::uint64_t> sent_bytes_ = 0;

  mutable std::mutex mutex_;  // guards everything below
  std::vector<Post> posts_;
  std::condition_variable gone_;
  std::set<int> sockets_;  // of the connections that are being served
  std::thread acceptor_;
};

// A port where nobody listens and nobody will: it is bound.
class RefusingPort {
 public:
  RefusingPort();
  ~RefusingPort();
  std::string url() const;

 private:
  std::uint16_t port_ = 0;
  int socket_ = -1;
};

// A port where connections are never made: its queue is full, and the kernel drops what comes.
class BlackHole {
 public:
  BlackHole();
  ~BlackHole();
  std::string url() const;

 private:
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::vector<int> fillers_;
};

}  // namespace stream::reporter::test
