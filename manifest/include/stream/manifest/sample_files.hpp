// The files of a sample that a stream process would read, gathered for a folder of the task's own.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "stream/common/result.hpp"
#include "stream/manifest/installation.hpp"

namespace stream::manifest {

// Confined to one thread. Refers to the installation.
class SampleFiles {
 public:
  // `sample_config` is the sample's config folder, `folder` where the files will lie.
  SampleFiles(const Installation& installation, std::filesystem::path sample_config,
              std::filesystem::path folder);

  // One gathered file.
  struct File {
    std::string source;  // for errors
    std::string name;    // in the task's folder
    nlohmann::json content;
    std::optional<nlohmann::json> original = {};  // as the sample has it; empty: added
  };

  // Reads a file named by a configuration file (or finds it among those read already), with {Stream_path}
  // replaced in it. The reference stays good until the object goes.
  Result<File*> read(const std::string& reference);
  // Adds a file of our own; the name is made unique.
  File& add(const std::string& name, nlohmann::json content);

  // Takes one out that nothing refers to any more.
  void drop(const File& file);

  // The path of a gathered file in the task's folder.
  std::string path_of(const File& file) const { return folder_ / file.name; }

  // All files by name, with every reference to one of them pointing into the task's folder. Nothing is left.
  std::map<std::string, File> take();

 private:
  std::filesystem::path find(const std::string& reference) const;
  std::string unique_name(const std::filesystem::path& source) const;
  void replace_placeholder(nlohmann::json& value) const;
  void rewrite_references(nlohmann::json& value) const;

  const Installation& installation_;
  const std::filesystem::path sample_config_;
  const std::filesystem::path folder_;
  std::map<std::filesystem::path, File> files_;  // by the path they came from
};

}  // namespace stream::manifest
