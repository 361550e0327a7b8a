// An installation of sophon-stream: where things are in it. Nothing here writes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace stream::manifest {

// Immutable.
class Installation {
 public:
  // `root` is the folder that holds samples/ and build/; made absolute.
  explicit Installation(const std::filesystem::path& root);

  const std::filesystem::path& root() const { return root_; }
  // The working directory of the stream process: relative paths in its files start here.
  std::filesystem::path run_folder() const { return root_ / "samples" / "build"; }
  std::filesystem::path executable() const { return run_folder() / "main"; }
  std::filesystem::path library_folder() const { return root_ / "build" / "lib"; }
  std::filesystem::path sample_config(const std::string& sample) const {
    return root_ / "samples" / sample / "config";
  }

  // The file a path in a configuration file means, symbolic links resolved as the system would.
  std::filesystem::path resolve(const std::string& reference) const;

 private:
  std::filesystem::path root_;
};

}  // namespace stream::manifest
