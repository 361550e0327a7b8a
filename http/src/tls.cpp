#include "stream/http/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <fstream>

namespace stream::http {
namespace {

std::string openssl_reason() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return text != nullptr ? text : "unknown error";
}

// OpenSSL would wait at the terminal for it.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

Status readable(const std::filesystem::path& file) {
  if (std::ifstream(file).good()) return {};
  return fail(ErrorCode::kNotFound, "{}: cannot be read", file.string());
}

}  // namespace

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::load(const std::filesystem::path& certificate_file,
                                                             const std::filesystem::path& key_file) {
  for (const auto* file : {&certificate_file, &key_file}) {
    if (auto status = readable(*file); !status) return tl::unexpected(std::move(status.error()));
  }
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return fail(ErrorCode::kInternal, "TLS: {}", openssl_reason());
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the constructor is private
  const std::shared_ptr<const TlsIdentity> identity(new TlsIdentity(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Requests say themselves where they end, so a peer that leaves without TLS's goodbye cuts none short
  // unseen.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    return fail(ErrorCode::kInvalid, "{}: found no certificate ({}), expected PEM", certificate_file.string(),
                openssl_reason());
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(ErrorCode::kInvalid,
                "{}: found no key of this certificate ({}), expected PEM without a passphrase",
                key_file.string(), openssl_reason());
  }
  return identity;
}

TlsIdentity::~TlsIdentity() {
  SSL_CTX_free(context_);
}

}  // namespace stream::http
