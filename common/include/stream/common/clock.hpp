// Times that go into messages and files.
#pragma once

#include <chrono>
#include <cstdint>

namespace stream {

// The time since 1970-01-01 UTC by the clock of this machine, which may be set at any moment: for people and
// for other machines, never for measuring how long something took.
template <class Unit>
std::int64_t unix_time() {
  return std::chrono::duration_cast<Unit>(std::chrono::system_clock::now().time_since_epoch()).count();
}

inline std::int64_t unix_us() {
  return unix_time<std::chrono::microseconds>();
}

inline std::int64_t unix_ms() {
  return unix_time<std::chrono::milliseconds>();
}

}  // namespace stream
