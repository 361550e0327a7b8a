#include "session.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <cerrno>
#include <exception>
#include <utility>

#include "response_head.hpp"
#include "stream/common/assert.hpp"
#include "stream/common/log.hpp"
#include "stream/http/problem.hpp"

namespace stream::http {
namespace {

using error_code = boost::system::error_code;
namespace beast = boost::beast;

// A body is looked at in windows of this length.
constexpr std::chrono::seconds kRateWindow{2};
// How long a peer may take to see an answer that came before the end of its request.
constexpr std::chrono::seconds kLingerDeadline{5};
// The kernel wakes us for this much of a body, or for its end: a 400 KB frame costs a handful of wake-ups.
constexpr std::size_t kBodyLowWater = 128 * 1024;
// Steps before other connections get their turn.
constexpr int kStepsInTurn = 64;
constexpr std::size_t kDiscardBytes = 1024 * 1024;

}  // namespace

// ---- life

void Session::start(ServerState& server, boost::asio::io_context& io, std::shared_ptr<AnswerGate> gate,
                    int fd, std::string remote) {
  const auto session = std::make_shared<Session>(server, io, std::move(gate), fd, std::move(remote));
  session->self_ = session;
  server.sessions.push_back(*session);
  server.counters.open.set(static_cast<double>(++server.open));
  session->advance();  // the request is often there already
}

Session::Session(ServerState& server, boost::asio::io_context& io, std::shared_ptr<AnswerGate> gate, int fd,
                 std::string remote)
    : server_(server),
      gate_(std::move(gate)),
      remote_(std::move(remote)),
      socket_(io, fd),
      wire_(fd, server.options.tls.get()),
      deadline_(Clock::now() + server.options.header_deadline) {
  parser_.emplace();
}

void Session::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  error_code ignored;
  socket_.close(ignored);
  unlink();
  server_.counters.open.set(static_cast<double>(--server_.open));
  self_.reset();  // a caller up the stack holds the session: advance(), check() and close()'s own callers
}

void Session::check(Clock::time_point now) {
  const auto alive = shared_from_this();
  switch (phase_) {
    case Phase::kHeader: {
      if (now < deadline_) return;
      const bool idle = request_number_ > 0 && header_bytes_ == 0 && unparsed_.empty();
      (idle ? server_.counters.idle : server_.counters.slow_headers).add();
      break;
    }
    case Phase::kBody:
    case Phase::kChunks:
      if (!too_slow(now)) return;
      server_.counters.slow_bodies.add();
      break;
    case Phase::kAnswer:
      if (now < deadline_) return;
      server_.counters.slow_readers.add();
      break;
    case Phase::kLinger:
      if (now < deadline_) return;
      break;
    case Phase::kHandler:
    case Phase::kClosed:
      return;
  }
  close();
}

bool Session::too_slow(Clock::time_point now) {
  const auto elapsed = now - window_start_;
  if (elapsed < kRateWindow) return false;
  // What waits in the kernel below our low-water mark has come, too.
  int waiting = 0;
  ::ioctl(socket_.native_handle(), FIONREAD, &waiting);
  const double received = static_cast<double>(window_bytes_) + waiting;
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (received < seconds * static_cast<double>(server_.options.minimum_body_rate)) return true;
  window_start_ = now;
  window_bytes_ = 0;
  return false;
}

void Session::postpone(Clock::duration held_up) {
  deadline_ += held_up;
  window_start_ += held_up;
}

// ---- the phases

void Session::advance() {
  const auto alive = shared_from_this();
  advancing_ = true;
  bool go_on = true;
  for (int step = 0; go_on; ++step) {
    if (step == kStepsInTurn) {
      boost::asio::post(socket_.get_executor(), [alive] { alive->advance(); });
      break;
    }
    switch (phase_) {
      case Phase::kHeader:
        go_on = read_header();
        break;
      case Phase::kBody:
        go_on = read_body();
        break;
      case Phase::kChunks:
        go_on = read_chunks();
        break;
      case Phase::kAnswer:
        go_on = write_answer();
        break;
      case Phase::kLinger:
        go_on = discard();
        break;
      case Phase::kHandler:  // answer() goes on
      case Phase::kClosed:
        go_on = false;
        break;
    }
  }
  advancing_ = false;
}

bool Session::read_header() {
  if (!unparsed_.empty() && !starved_) return parse_header(unparsed_);

  auto& scratch = server_.scratch;
  const auto received = receive(scratch.data(), scratch.size());
  if (!received) return false;
  if (*received == 0) {
    if (header_bytes_ > 0 || !unparsed_.empty()) {
      peer_left();
    } else {
      close();
    }
    return false;
  }
  if (request_number_ > 0 && header_bytes_ == 0 && unparsed_.empty()) {
    deadline_ = Clock::now() + server_.options.header_deadline;  // a kept connection was idle until now
  }
  starved_ = false;
  if (unparsed_.empty()) return parse_header({scratch.data(), *received});
  unparsed_.append(scratch.data(), *received);
  return parse_header(unparsed_);
}

bool Session::parse_header(std::string_view input) {
  error_code ec;
  const std::size_t used = parser_->put(boost::asio::buffer(input.data(), input.size()), ec);
  header_bytes_ += used;
  if (ec && ec != beast::http::error::need_more) return refuse(400, "malformed header");
  if (!parser_->is_header_done()) {
    if (header_bytes_ + (input.size() - used) > server_.options.max_header_bytes) {
      return refuse(431, "the header is too large");
    }
    keep(input, used);
    starved_ = true;
    return true;
  }
  if (header_bytes_ > server_.options.max_header_bytes) return refuse(431, "the header is too large");
  return take_head(input.substr(used));
}

// The header is complete; `rest` came behind it.
bool Session::take_head(std::string_view rest) {
  server_.counters.requests.add();
  ++request_number_;
  const auto length = parser_->content_length();
  body_unread_ = parser_->chunked() || length.value_or(0) > rest.size();
  if (parser_->unknown_transfer_encoding) return refuse(501, "unknown Transfer-Encoding");
  if (parser_->unknown_expectation) return refuse(417, "unknown Expect");

  HeadDecision decision = ask_handler();
  request_.method = std::move(parser_->method);
  if (auto* response = std::get_if<Response>(&decision)) {
    if (length.value_or(0) > 0 && !body_unread_) rest.remove_prefix(static_cast<std::size_t>(*length));
    keep(rest, 0);
    send(std::move(*response), !body_unread_ && parser_->keep_alive());
    return true;
  }
  request_.path = std::move(parser_->path);
  request_.query = std::move(parser_->query);
  request_.content_type = std::move(parser_->content_type);
  request_.remote = remote_;
  if (parser_->expects_continue && body_unread_ && rest.empty()) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    // Fits any socket buffer; should it be lost, the peer goes on after a second by itself.
    wire_.write(kContinue);
  }

  window_start_ = Clock::now();
  window_bytes_ = 0;
  if (auto* buffer = std::get_if<BodyBuffer>(&decision)) {
    if (!length) return refuse(411, "Content-Length is missing");
    STREAM_ASSERT(buffer->memory.size() == *length, "{} bytes for a body of {}", buffer->memory.size(),
                  *length);
    request_.owner = std::move(buffer->owner);
    body_to_ = buffer->memory.data();
    request_.body = {buffer->memory.data(), buffer->memory.size()};
    begin_body(*length, rest);
    return true;
  }
  const std::size_t most = std::get<std::size_t>(decision);
  if (parser_->chunked()) {
    parser_->body_limit_bytes = most;
    parser_->eager(true);
    keep(rest, 0);
    starved_ = unparsed_.empty();
    phase_ = Phase::kChunks;
    return true;
  }
  if (length.value_or(0) > most) return refuse(413, "the body is too large");
  body_to_ = nullptr;
  begin_body(length.value_or(0), rest);
  return true;
}

HeadDecision Session::ask_handler() {
  RequestHead head;
  head.method = parser_->method;
  head.path = parser_->path;
  head.query = parser_->query;
  head.content_type = parser_->content_type;
  head.authorization = parser_->authorization;
  if (const auto length = parser_->content_length()) head.content_length = *length;
  head.remote = remote_;
  head.chunked = parser_->chunked();
  try {
    return server_.handler.on_head(head);
  } catch (const std::exception& exception) {
    server_.counters.handler_errors.add();
    if (server_.handler_error_log.admit(Clock::now())) {
      log::error("http_handler_failed", {{"server", server_.name}, {"reason", exception.what()}});
    }
    return problem(500, "internal error");
  }
}

void Session::begin_body(std::uint64_t length, std::string_view rest) {
  body_bytes_ = static_cast<std::size_t>(length);
  const std::size_t here = std::min(rest.size(), body_bytes_);
  body_left_ = body_bytes_ - here;
  window_bytes_ = here;
  if (body_to_ != nullptr) {
    std::copy_n(rest.data(), here, body_to_);
    body_to_ += here;
  } else {
    collected_ = std::make_shared<std::string>(rest.substr(0, here));
  }
  keep(rest, here);
  phase_ = Phase::kBody;
}

bool Session::read_body() {
  while (body_left_ > 0) {
    auto& scratch = server_.scratch;
    char* const to = body_to_ != nullptr ? body_to_ : scratch.data();
    const std::size_t room = body_to_ != nullptr ? body_left_ : std::min(body_left_, scratch.size());
    const auto received = receive(to, room, std::min(body_left_, kBodyLowWater));
    if (!received) return false;
    if (*received == 0) {
      peer_left();
      return false;
    }
    body_left_ -= *received;
    window_bytes_ += *received;
    if (body_to_ != nullptr) {
      body_to_ += *received;
      // The socket was emptied: asking again now would only be told so.
      if (body_left_ > 0 && !wire_.holds_bytes()) return wait_readable(std::min(body_left_, kBodyLowWater));
    } else {
      collected_->append(scratch.data(), *received);
    }
  }
  hand_over();
  return true;
}

bool Session::read_chunks() {
  if (starved_) {
    auto& scratch = server_.scratch;
    const auto received = receive(scratch.data(), scratch.size());
    if (!received) return false;
    if (*received == 0) {
      peer_left();
      return false;
    }
    window_bytes_ += *received;
    unparsed_.append(scratch.data(), *received);
    starved_ = false;
  }
  error_code ec;
  const std::size_t used = parser_->put(boost::asio::buffer(unparsed_), ec);
  unparsed_.erase(0, used);
  if (ec == beast::http::error::body_limit) return refuse(413, "the body is too large");
  if (ec && ec != beast::http::error::need_more) return refuse(400, "malformed chunk");
  if (!parser_->is_done()) {
    // Chunk headers and trailers are lines; what has no end by now is none.
    if (unparsed_.size() > server_.options.max_header_bytes) return refuse(400, "malformed chunk");
    starved_ = true;
    return true;
  }
  body_unread_ = false;
  collected_ = std::make_shared<std::string>(std::move(parser_->body));
  hand_over();
  return true;
}

void Session::hand_over() {
  body_unread_ = false;
  phase_ = Phase::kHandler;
  keep_alive_ = parser_->keep_alive();
  if (collected_ != nullptr) {
    request_.body = *collected_;
    request_.owner = std::move(collected_);
  }
  Respond respond = make_respond(gate_, weak_from_this(), request_number_);
  try {
    // Handlers get the method, too; send() still needs to know whether it was HEAD.
    Request request = std::exchange(request_, Request{request_.method, {}, {}, {}, {}, {}, {}, {}});
    server_.handler.on_request(std::move(request), respond);
  } catch (const std::exception& exception) {
    server_.counters.handler_errors.add();
    if (server_.handler_error_log.admit(Clock::now())) {
      log::error("http_handler_failed", {{"server", server_.name}, {"reason", exception.what()}});
    }
    respond(problem(500, "internal error"));
  }
}

void Session::answer(std::uint64_t request, Response response) {
  if (phase_ != Phase::kHandler || request != request_number_) return;
  send(std::move(response), keep_alive_);
  if (!advancing_) advance();
}

bool Session::refuse(unsigned status, std::string_view reason) {
  server_.counters.refused.add();
  body_unread_ = true;  // where this request ends is unknown or too far away
  send(problem(status, reason), false);
  return true;
}

void Session::send(Response response, bool keep_alive) {
  keep_alive_ = keep_alive;
  out_head_ = response_head(response, keep_alive);
  out_body_ = request_.method == "HEAD" ? std::string() : std::move(response.body);
  out_sent_ = 0;
  phase_ = Phase::kAnswer;
  const auto transfer = std::chrono::milliseconds(
      1000 * out_body_.size() / std::max<std::size_t>(1, server_.options.minimum_body_rate));
  deadline_ = Clock::now() + server_.options.idle_deadline + transfer;
}

bool Session::write_answer() {
  const std::string_view head = out_head_, body = out_body_;
  while (out_sent_ < head.size() + body.size()) {
    const std::size_t head_sent = std::min(out_sent_, head.size());
    const auto [outcome, bytes] = wire_.write(head.substr(head_sent), body.substr(out_sent_ - head_sent));
    if (outcome == Transfer::Outcome::kReadable) return wait_readable();
    if (outcome == Transfer::Outcome::kWritable) return wait_writable();
    if (outcome == Transfer::Outcome::kBroken) {
      peer_left();
      return false;
    }
    out_sent_ += bytes;
  }
  finish_answer();
  return true;
}

void Session::finish_answer() {
  out_body_ = {};  // may be large
  if (!keep_alive_) {
    wire_.finish();
    if (!body_unread_) return close();
    // Closing with unread data would reset the connection and could take the answer back from the peer.
    phase_ = Phase::kLinger;
    deadline_ = Clock::now() + kLingerDeadline;
    return;
  }
  parser_.emplace();
  request_ = {};
  header_bytes_ = 0;
  starved_ = false;
  phase_ = Phase::kHeader;
  const auto wait = unparsed_.empty() ? server_.options.idle_deadline : server_.options.header_deadline;
  deadline_ = Clock::now() + wait;
}

bool Session::discard() {
  // MSG_TRUNC throws the bytes away inside the kernel, without a copy.
  const auto gone = ::recv(socket_.native_handle(), nullptr, kDiscardBytes, MSG_TRUNC | MSG_DONTWAIT);
  if (gone > 0 || (gone < 0 && errno == EINTR)) return true;
  if (gone < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait_readable();
  close();
  return false;
}

// ---- the socket

std::optional<std::size_t> Session::receive(char* to, std::size_t most, std::size_t low_water) {
  const auto [outcome, bytes] = wire_.read(to, most);
  if (outcome == Transfer::Outcome::kDone) return bytes;
  if (outcome == Transfer::Outcome::kBroken) peer_left();
  // What the bytes of a body become in TLS is not known, and some of it may be in its memory already.
  if (outcome == Transfer::Outcome::kReadable) wait_readable(wire_.holds_bytes() ? 1 : low_water);
  if (outcome == Transfer::Outcome::kWritable) wait_writable();
  return std::nullopt;
}

// Keeps input[from..] for later; `input` may be unparsed_ itself.
void Session::keep(std::string_view input, std::size_t from) {
  if (input.data() >= unparsed_.data() && input.data() < unparsed_.data() + unparsed_.size()) {
    unparsed_.erase(0, static_cast<std::size_t>(input.data() - unparsed_.data()) + from);
  } else {
    unparsed_.assign(input.substr(from));
  }
}

void Session::peer_left() {
  server_.counters.broken.add();
  close();
}

bool Session::wait_readable(std::size_t low_water) {
  if (low_water != low_water_) {
    const int bytes = static_cast<int>(low_water);
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
    low_water_ = low_water;
  }
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](const error_code& ec) {
                       if (!ec) self->advance();
                     });
  return false;
}

bool Session::wait_writable() {
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_write,
                     [self = shared_from_this()](const error_code& ec) {
                       if (!ec) self->advance();
                     });
  return false;
}

}  // namespace stream::http
