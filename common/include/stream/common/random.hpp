// Randomness from the kernel (getrandom): for keys that must not be guessed and for the boot ids of
// processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace stream {

// `bytes` random bytes as lower-case hex (two characters a byte).
std::string random_hex(std::size_t bytes);

// Never 0, so that 0 can mean "none".
std::uint64_t random_u64();

// From 0 up to, but not including, 1.
double random_fraction();

}  // namespace stream
