// Certificates for tests of TLS.
#pragma once

#include <filesystem>
#include <string>

namespace stream::test {

struct Certificate {
  std::filesystem::path certificate_file, key_file;
};

// A self-made certificate and its key, for an hour: certificate.pem and key.pem in `dir`. Whose it is:
// "IP:127.0.0.1" or "DNS:name". Throws std::runtime_error.
Certificate make_certificate(const std::filesystem::path& dir, const std::string& subject_alternative_name);

}  // namespace stream::test
