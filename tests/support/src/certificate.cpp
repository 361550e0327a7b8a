#include "stream/test/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace stream::test {
namespace {

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

}  // namespace

Certificate make_certificate(const std::filesystem::path& dir, const std::string& subject_alternative_name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  require(key && certificate, "no memory for a certificate");
  X509* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, key.get());
  const auto* name = reinterpret_cast<const unsigned char*>("stream test");
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, name, -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(x));
  auto* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, subject_alternative_name.c_str());
  require(extension != nullptr, "subject alternative name");
  X509_add_ext(x, extension, -1);
  X509_EXTENSION_free(extension);
  require(X509_sign(x, key.get(), EVP_sha256()) != 0, "sign");

  Certificate files{dir / "certificate.pem", dir / "key.pem"};
  std::FILE* file = std::fopen(files.certificate_file.c_str(), "w");
  require(file != nullptr && PEM_write_X509(file, x) == 1, "write the certificate");
  std::fclose(file);
  file = std::fopen(files.key_file.c_str(), "w");
  require(
      file != nullptr && PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "write the key");
  std::fclose(file);
  return files;
}

}  // namespace stream::test
