#include "stream/bus/keys.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "stream/common/assert.hpp"

namespace stream::bus {
namespace {

constexpr std::size_t kKeyCharacters = 40;
constexpr std::size_t kKeyBytes = 32;
using KeyText = std::array<char, kKeyCharacters + 1>;

Status write_new_file(const std::filesystem::path& file, const std::string& text, mode_t mode) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) {
    if (errno == EEXIST)
      return fail(ErrorCode::kConflict, "{}: exists already; keys are not overwritten", file.string());
    return fail(ErrorCode::kUnavailable, "{}: {}", file.string(), std::strerror(errno));
  }
  const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool closed = ::close(descriptor) == 0;
  if (!written || !closed) return fail(ErrorCode::kUnavailable, "{}: cannot be written", file.string());
  return {};
}

}  // namespace

Result<KeyPair> make_key_pair() {
  KeyText public_key{};
  KeyText secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    return fail(ErrorCode::kInternal, "cannot make CURVE keys: {}", zmq_strerror(zmq_errno()));
  }
  return KeyPair{public_key.data(), secret_key.data()};
}

Status save_key_pair(const KeyPair& keys, const std::filesystem::path& directory, const std::string& name) {
  const auto secret_file = directory / (name + ".key");
  if (auto status = write_new_file(secret_file, keys.secret_key + "\n", 0600); !status) return status;
  auto status = write_new_file(directory / (name + ".pub"), keys.public_key + "\n", 0644);
  if (!status) ::unlink(secret_file.c_str());  // half a pair helps nobody
  return status;
}

Result<std::string> read_key(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return fail(ErrorCode::kNotFound, "{}: cannot be read: {}", file.string(), std::strerror(errno));
  std::string key;
  std::string more;
  in >> key;
  std::array<std::uint8_t, kKeyBytes> bytes{};
  const bool whole = key.size() == kKeyCharacters && !(in >> more);
  if (!whole || zmq_z85_decode(bytes.data(), key.c_str()) == nullptr) {
    return fail(ErrorCode::kInvalid,
                "{}: expected one key of {} characters, as `streamctl keygen` makes them", file.string(),
                kKeyCharacters);
  }
  return key;
}

std::string public_key_of(const std::string& secret_key) {
  KeyText public_key{};
  const int result = zmq_curve_public(public_key.data(), secret_key.c_str());
  STREAM_ASSERT(result == 0, "zmq_curve_public: {}", zmq_strerror(zmq_errno()));
  return public_key.data();
}

}  // namespace stream::bus
