// Who a server is, for HTTPS.
#pragma once

#include <filesystem>
#include <memory>

#include "stream/common/result.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace stream::http {

// A certificate and its key, for TLS 1.2 and newer. Immutable, thread-safe.
//
// OpenSSL writes to sockets without MSG_NOSIGNAL, so a process that has one REQUIRES SIGPIPE to be ignored
// (block_stop_signals() sees to that).
class TlsIdentity {
 public:
  // From PEM files: the certificate, followed by those it was issued with, and its private key without a
  // passphrase. kNotFound for a file that cannot be read, kInvalid for one that holds something else and for
  // a key of another certificate; with the file's name.
  static Result<std::shared_ptr<const TlsIdentity>> load(const std::filesystem::path& certificate_file,
                                                         const std::filesystem::path& key_file);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  ssl_ctx_st* context() const { return context_; }

 private:
  explicit TlsIdentity(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

}  // namespace stream::http
