#include "stream/manifest/installation.hpp"

namespace stream::manifest {

namespace fs = std::filesystem;

Installation::Installation(const fs::path& root) {
  std::error_code failure;
  root_ = fs::absolute(root, failure).lexically_normal();
  if (failure) root_ = root;
}

fs::path Installation::resolve(const std::string& reference) const {
  const fs::path path = run_folder() / reference;  // an absolute reference replaces the folder
  std::error_code failure;
  fs::path resolved = fs::weakly_canonical(path, failure);
  return failure ? path.lexically_normal() : resolved;
}

}  // namespace stream::manifest
