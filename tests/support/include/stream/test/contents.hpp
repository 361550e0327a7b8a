// A whole file, for tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace stream::test {

// Empty when it cannot be read. Never throws: a file of /proc may go while it is read.
inline std::string contents(const std::filesystem::path& file) {
  std::ostringstream out;
  if (std::ifstream in(file, std::ios::binary); in) out << in.rdbuf();
  return out.str();
}

}  // namespace stream::test
