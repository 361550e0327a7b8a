// STREAM_ASSERT(condition, "what was expected, with {}", values...)
//
// States an invariant of our own code, in release builds, too: prints file, line, condition and values, then
// aborts. Never for input: what comes from outside is answered with an Error.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace stream::detail {

[[noreturn]] inline void assertion_failed(const char* file, int line, const char* condition,
                                          const std::string& what) {
  fmt::print(stderr, "{}:{}: assertion failed: {}: {}\n", file, line, condition, what);
  std::abort();
}

}  // namespace stream::detail

#define STREAM_ASSERT(condition, ...)                                                                 \
  do {                                                                                                \
    if (!(condition)) {                                                                               \
      ::stream::detail::assertion_failed(__FILE__, __LINE__, #condition, ::fmt::format(__VA_ARGS__)); \
    }                                                                                                 \
  } while (false)
