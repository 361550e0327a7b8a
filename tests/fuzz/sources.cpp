#include <filesystem>
#include <fstream>
#include <iterator>

#include "target.hpp"

namespace stream::fuzz {

std::string read_source(const std::string& path) {
  std::ifstream in(std::string(STREAM_SOURCE_DIR) + "/" + path, std::ios::binary);
  FUZZ_CHECK(in.is_open());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> read_sources(const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(STREAM_SOURCE_DIR) + "/" + folder)) {
    if (entry.is_regular_file()) out.push_back(read_source(folder + "/" + entry.path().filename().string()));
  }
  FUZZ_CHECK(!out.empty());
  return out;
}

}  // namespace stream::fuzz
