// The bytes of one connection, as they are or through TLS.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "stream/http/tls.hpp"

struct ssl_st;  // OpenSSL's SSL

namespace stream::http {

// What became of a read or a write.
struct Transfer {
  enum class Outcome {
    kDone,      // `bytes` were moved
    kReadable,  // nothing; try again when the socket is readable
    kWritable,  // nothing; try again when it is writable
    kBroken,    // the connection cannot be used any more
  };
  Outcome outcome = Outcome::kDone;
  std::size_t bytes = 0;
};

// Never blocks. Confined to one thread. TLS shakes hands in the first read().
class Wire {
 public:
  // `fd`: a connected, non-blocking socket that lives at least as long. `tls`: null for none.
  Wire(int fd, const TlsIdentity* tls);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Bytes may be waiting here, of which the socket knows nothing: wait only when a read() has said so.
  bool holds_bytes() const { return ssl_ != nullptr; }

  // At most `most` bytes. kDone without bytes: the peer has finished sending.
  Transfer read(char* to, std::size_t most);
  // As much of `first` and then `second` as goes at once; not both may be empty.
  Transfer write(std::string_view first, std::string_view second = {});
  // Nothing more will be written; what the peer still sends may be read from the socket and thrown away.
  void finish();

 private:
  Transfer outcome_of(int result) const;

  const int fd_;
  ssl_st* ssl_ = nullptr;  // null: plain
};

}  // namespace stream::http
