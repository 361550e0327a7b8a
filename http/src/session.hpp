// One connection: reads a request, has it handled, writes the answer, and again.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "answer_gate.hpp"
#include "request_parser.hpp"
#include "server_state.hpp"
#include "stream/http/server.hpp"
#include "wire.hpp"

namespace stream::http {

// Owns itself while it is open. Confined to the I/O thread.
class Session : public std::enable_shared_from_this<Session>, public SessionHook {
 public:
  using Clock = std::chrono::steady_clock;

  // `fd`: a connected, non-blocking socket, owned from here on.
  static void start(ServerState& server, boost::asio::io_context& io, std::shared_ptr<AnswerGate> gate,
                    int fd, std::string remote);

  // The answer of request number `request`; one that comes too late is dropped.
  void answer(std::uint64_t request, Response response);
  // Closes the connection when it missed its deadline or is too slow.
  void check(Clock::time_point now);
  // The server itself was held up: peers are not to blame for that time.
  void postpone(Clock::duration held_up);
  void close();
  // Nothing is being done for it: there is no whole header.
  bool idle() const { return phase_ == Phase::kHeader; }

  Session(ServerState& server, boost::asio::io_context& io, std::shared_ptr<AnswerGate> gate, int fd,
          std::string remote);

 private:
  enum class Phase {
    kHeader,
    kBody,  // of known length
    kChunks,
    kHandler,  // its turn; nothing is read
    kAnswer,
    kLinger,  // answered; what still comes is thrown away until the peer has seen the answer
    kClosed,
  };

  // Runs the phases until something must be waited for.
  void advance();
  // One step of a phase each; false: wait.
  bool read_header();
  bool read_body();
  bool read_chunks();
  bool write_answer();
  bool discard();

  bool parse_header(std::string_view input);
  bool take_head(std::string_view rest);
  HeadDecision ask_handler();
  void begin_body(std::uint64_t length, std::string_view rest);
  void hand_over();
  bool refuse(unsigned status, std::string_view reason);
  void send(Response response, bool keep_alive);
  void finish_answer();

  // Bytes received (0: the peer has finished sending), or nothing: there are none now and they are waited
  // for, or the connection was closed because of an error. `low_water`: how many are worth waking up for.
  std::optional<std::size_t> receive(char* to, std::size_t most, std::size_t low_water = 1);
  void keep(std::string_view input, std::size_t from);
  void peer_left();
  bool wait_readable(std::size_t low_water = 1);
  bool wait_writable();
  bool too_slow(Clock::time_point now);

  ServerState& server_;
  const std::shared_ptr<AnswerGate> gate_;
  const std::string remote_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> socket_;
  Wire wire_;
  std::shared_ptr<Session> self_;  // until close()

  Phase phase_ = Phase::kHeader;
  bool advancing_ = false;
  Clock::time_point deadline_;  // of the phase; kBody and kChunks have a rate instead, kHandler has none
  std::size_t low_water_ = 1;   // as set on the socket

  // the request
  std::optional<RequestParser> parser_;
  std::string unparsed_;          // came with what was read before
  bool starved_ = false;          // unparsed_ alone is too little to go on
  std::size_t header_bytes_ = 0;  // taken by the parser
  std::uint64_t request_number_ = 0;
  Request request_;
  char* body_to_ = nullptr;  // null: the body goes to collected_
  std::shared_ptr<std::string> collected_;
  std::size_t body_bytes_ = 0, body_left_ = 0;
  Clock::time_point window_start_;  // the rate is measured from here
  std::size_t window_bytes_ = 0;    // received since then

  // the answer
  bool keep_alive_ = false;
  bool body_unread_ = false;
  std::string out_head_, out_body_;
  std::size_t out_sent_ = 0;
};

}  // namespace stream::http
