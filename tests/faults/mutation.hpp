// Random damage to bytes that were right.
#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace stream::faults {

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }

  // `most` bytes at most, not related to anything.
  std::string noise(std::size_t most) {
    std::string bytes(1 + pick(most), '\0');
    for (char& byte : bytes) byte = static_cast<char>(pick(256));
    return bytes;
  }

  // One to four times: a byte changed, some removed, doubled or put in, the end cut off.
  std::string damage(std::string bytes) {
    for (std::size_t left = 1 + pick(4); left > 0 && !bytes.empty(); --left) once(bytes);
    return bytes;
  }

 private:
  void once(std::string& bytes) {
    static constexpr const char* kPieces[] = {"{",
                                              "}",
                                              "[",
                                              "]",
                                              "\"",
                                              "\\",
                                              ",",
                                              ":",
                                              "null",
                                              "-1",
                                              "1e999",
                                              "99999999999999999999",
                                              "\\u0000",
                                              "\r\n",
                                              "\xff",
                                              "%00",
                                              "[[[[[[[[",
                                              "\xc1",
                                              "\xdf\xff\xff\xff\xff",
                                              "\xdd\xff\xff\xff\xff",
                                              "\xc6\x7f\xff\xff\xff"};
    const std::size_t at = pick(bytes.size());
    switch (pick(5)) {
      case 0:
        bytes[at] = static_cast<char>(pick(256));
        break;
      case 1:
        bytes.erase(at, 1 + pick(16));
        break;
      case 2:
        bytes.insert(at, bytes.substr(pick(bytes.size()), 1 + pick(64)));
        break;
      case 3:
        bytes.insert(at, kPieces[pick(std::size(kPieces))]);
        break;
      default:
        if (pick(4) == 0) bytes.resize(at);
        break;
    }
  }

  std::mt19937_64 random_;
};

}  // namespace stream::faults
