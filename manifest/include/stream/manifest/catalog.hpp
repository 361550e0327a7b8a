// The algorithms of a folder such as algorithms/: one of its folders each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "stream/common/result.hpp"
#include "stream/manifest/algorithm.hpp"

namespace stream::manifest {

using AlgorithmPtr = std::shared_ptr<const Algorithm>;

// One folder: what is used of it, and what is wrong with it.
struct CatalogEntry {
  AlgorithmPtr algorithm;  // the last good version; empty: there has been none
  std::string error;       // why what lies in the folder now is not used; empty: it is
};

// Immutable.
struct Catalog {
  std::map<std::string, CatalogEntry> entries;  // by folder

  // By application-web's number; empty: nobody's.
  AlgorithmPtr find(std::int32_t type) const;
  // As find(); kInvalid says which numbers there are, or what is wrong with the folder that may have had it.
  Result<AlgorithmPtr> get(std::int32_t type) const;
};

// Where an installation has them: beside the program, in ../share/stream-server/algorithms.
std::filesystem::path installed_algorithms();

// Follows a folder. Confined to one thread; the catalogs it gives may go anywhere.
class CatalogReader {
 public:
  explicit CatalogReader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Looks at the folder again. A new catalog when something in it has changed since the last call, empty when
  // nothing has. Folders that became wrong keep their last good version, those that are gone are gone. Of
  // folders with the same number the first by name has it, unless another had it before. kNotFound when the
  // folder itself cannot be listed.
  Result<std::shared_ptr<const Catalog>> read();

 private:
  struct Seen {
    std::string fingerprint;  // of its files: names, sizes, times
    CatalogEntry entry;
  };

  Result<std::map<std::string, std::string>> fingerprints() const;
  void settle_types(Catalog& catalog) const;

  const std::filesystem::path folder_;
  std::map<std::string, Seen> seen_;
  Catalog last_;
  bool has_read_ = false;
};

}  // namespace stream::manifest
