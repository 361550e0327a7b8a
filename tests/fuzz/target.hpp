// A fuzz target: one function that takes any bytes, as libFuzzer and afl++ call it, and what it is begun
// with.
//
// Built plainly each target is a program of its own (driver.cpp) that damages its examples at random; with
// -DSTREAM_FUZZER=ON and clang, libFuzzer drives it. A target must not crash, leak or hang; what must hold
// besides it says with FUZZ_CHECK.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#define FUZZ_CHECK(condition)       \
  do {                              \
    if (!(condition)) std::abort(); \
  } while (false)

namespace stream::fuzz {

// Inputs that are right, for the driver to damage.
std::vector<std::string> examples();

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Of a file of the source tree; ends the program when it cannot be read.
std::string read_source(const std::string& path);
// Of each file of a folder of the source tree.
std::vector<std::string> read_sources(const std::string& folder);

}  // namespace stream::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
