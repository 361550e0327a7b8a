// CURVE keys: what broker and nodes prove their identity with on tcp. One pair for the broker, one for each
// client (or one for all of them); the broker knows the public keys of its clients, the clients know the
// broker's.
#pragma once

#include <filesystem>
#include <string>

#include "stream/common/result.hpp"

namespace stream::bus {

// Both in Z85 (40 characters), as ZeroMQ writes keys.
struct KeyPair {
  std::string public_key;
  std::string secret_key;
};

// kInternal when this libzmq was built without CURVE.
Result<KeyPair> make_key_pair();

// Writes <directory>/<name>.pub (0644) and <directory>/<name>.key (0600), a line each. kConflict when one of
// them is there: keys are never overwritten.
Status save_key_pair(const KeyPair& keys, const std::filesystem::path& directory, const std::string& name);

// The key in a file, checked to be one. The error names the file and never shows its content.
Result<std::string> read_key(const std::filesystem::path& file);

// The public key that belongs to a secret one. REQUIRES: `secret_key` is a key.
std::string public_key_of(const std::string& secret_key);

}  // namespace stream::bus
