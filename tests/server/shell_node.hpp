// Shell scripts that play nodes, and reading what they left.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace stream::test {

inline std::filesystem::path write_script(const std::filesystem::path& path, const std::string& body) {
  std::ofstream(path) << "#!/bin/sh\n" << body << '\n';
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

// Empty when it cannot be read.
inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace stream::test
