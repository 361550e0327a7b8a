#include "stream/common/random.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <cmath>
#include <limits>

#include "stream/common/assert.hpp"

namespace stream {
namespace {

void fill_random(void* memory, std::size_t bytes) {
  auto* at = static_cast<char*>(memory);
  while (bytes > 0) {
    const ssize_t got = getrandom(at, bytes, 0);
    if (got < 0) {
      STREAM_ASSERT(errno == EINTR, "getrandom works, errno {}", errno);
      continue;
    }
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  fill_random(raw.data(), raw.size());
  std::string out;
  for (const char c : raw) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  while (value == 0) fill_random(&value, sizeof value);
  return value;
}

double random_fraction() {
  constexpr int kMantissaBits = std::numeric_limits<double>::digits;
  return std::ldexp(static_cast<double>(random_u64() >> (64 - kMantissaBits)), -kMantissaBits);
}

}  // namespace stream
