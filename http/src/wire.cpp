#include "wire.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <new>

namespace stream::http {
namespace {

using Outcome = Transfer::Outcome;

int clamped(std::size_t bytes) {
  return static_cast<int>(std::min<std::size_t>(bytes, INT_MAX));
}

}  // namespace

Wire::Wire(int fd, const TlsIdentity* tls) : fd_(fd) {
  if (tls == nullptr) return;
  ssl_ = SSL_new(tls->context());
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd) != 1) {
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  SSL_set_accept_state(ssl_);
}

Wire::~Wire() {
  SSL_free(ssl_);
}

Transfer Wire::read(char* to, std::size_t most) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    return outcome_of(SSL_read(ssl_, to, clamped(most)));
  }
  while (true) {
    const auto received = ::recv(fd_, to, most, MSG_DONTWAIT);
    if (received >= 0) return {Outcome::kDone, static_cast<std::size_t>(received)};
    if (errno == EINTR) continue;
    return {errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::kReadable : Outcome::kBroken, 0};
  }
}

Transfer Wire::write(std::string_view first, std::string_view second) {
  if (ssl_ != nullptr) {
    const std::string_view next = first.empty() ? second : first;
    ERR_clear_error();
    return outcome_of(SSL_write(ssl_, next.data(), clamped(next.size())));
  }
  std::array<iovec, 2> parts{};
  parts[0] = {const_cast<char*>(first.data()), first.size()};
  parts[1] = {const_cast<char*>(second.data()), second.size()};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  while (true) {
    const auto sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return {Outcome::kDone, static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    return {errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::kWritable : Outcome::kBroken, 0};
  }
}

void Wire::finish() {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    SSL_shutdown(ssl_);  // fits any socket buffer; should it be lost, the peer sees the end of the stream
  }
  ::shutdown(fd_, SHUT_WR);
}

Transfer Wire::outcome_of(int result) const {
  if (result > 0) return {Outcome::kDone, static_cast<std::size_t>(result)};
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_ZERO_RETURN:
      return {Outcome::kDone, 0};
    case SSL_ERROR_WANT_READ:
      return {Outcome::kReadable, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Outcome::kWritable, 0};
    default:
      return {Outcome::kBroken, 0};
  }
}

}  // namespace stream::http
