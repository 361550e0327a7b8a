#include "stream/manifest/catalog.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace stream::manifest {
namespace {

namespace fs = std::filesystem;

// Changes whenever one of the folder's own files does. Cases are not part of what is used.
std::string fingerprint_of(const fs::path& folder) {
  std::vector<std::string> lines;
  std::error_code failure;
  for (fs::directory_iterator file(folder, failure), end; !failure && file != end; file.increment(failure)) {
    struct ::stat state {};
    if (::stat(file->path().c_str(), &state) != 0 || !S_ISREG(state.st_mode)) continue;
    lines.push_back(fmt::format("{} {} {} {}.{}\n", file->path().filename().string(), state.st_ino,
                                state.st_size, state.st_mtim.tv_sec, state.st_mtim.tv_nsec));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

bool has_type(const AlgorithmPtr& algorithm, std::int32_t type) {
  return algorithm &&
         std::find(algorithm->types.begin(), algorithm->types.end(), type) != algorithm->types.end();
}

}  // namespace

AlgorithmPtr Catalog::find(std::int32_t type) const {
  for (const auto& [name, entry] : entries) {
    if (has_type(entry.algorithm, type)) return entry.algorithm;
  }
  return nullptr;
}

Result<AlgorithmPtr> Catalog::get(std::int32_t type) const {
  if (auto algorithm = find(type)) return algorithm;
  std::map<std::int32_t, std::string> known;
  std::string broken;
  for (const auto& [name, entry] : entries) {
    if (!entry.algorithm) {
      broken += fmt::format("; not usable: {}", entry.error);
      continue;
    }
    for (const std::int32_t number : entry.algorithm->types) known[number] = name;
  }
  std::string expected = "one of";
  for (const auto& [number, name] : known) expected += fmt::format(" {} ({})", number, name);
  return fail(ErrorCode::kInvalid, "found {}, expected {}{}", type, expected, broken);
}

fs::path installed_algorithms() {
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  return (program.parent_path() / "../share/stream-server/algorithms").lexically_normal();
}

Result<std::map<std::string, std::string>> CatalogReader::fingerprints() const {
  std::map<std::string, std::string> found;
  std::error_code failure;
  fs::directory_iterator folder(folder_, failure);
  for (const fs::directory_iterator end; !failure && folder != end; folder.increment(failure)) {
    const std::string name = folder->path().filename();
    std::error_code none;
    if (!name.starts_with('.') && folder->is_directory(none)) found[name] = fingerprint_of(folder->path());
  }
  if (failure) return fail(ErrorCode::kNotFound, "{}: {}", folder_.string(), failure.message());
  return found;
}

Result<std::shared_ptr<const Catalog>> CatalogReader::read() {
  const auto present = fingerprints();
  if (!present) return tl::unexpected(present.error());
  bool changed = !std::exchange(has_read_, true) || present->size() != seen_.size();
  std::map<std::string, Seen> next;
  for (const auto& [name, fingerprint] : *present) {
    const auto before = seen_.find(name);
    if (before != seen_.end() && before->second.fingerprint == fingerprint) {
      next.insert(*before);
      continue;
    }
    changed = true;
    Seen now{fingerprint, {}};
    auto algorithm = read_algorithm(folder_ / name);
    if (algorithm) {
      now.entry.algorithm = std::make_shared<const Algorithm>(*std::move(algorithm));
    } else {
      if (before != seen_.end()) now.entry.algorithm = before->second.entry.algorithm;
      now.entry.error = algorithm.error().message;
    }
    next.emplace(name, std::move(now));
  }
  if (!changed) return nullptr;
  seen_ = std::move(next);
  Catalog catalog;
  for (const auto& [name, seen] : seen_) catalog.entries.emplace(name, seen.entry);
  settle_types(catalog);
  last_ = catalog;
  return std::make_shared<const Catalog>(std::move(catalog));
}

// One owner for each number: whoever has had it, else the first by name.
void CatalogReader::settle_types(Catalog& catalog) const {
  std::map<std::int32_t, std::string> owners;
  const auto claim = [&](const std::string& name, const AlgorithmPtr& algorithm, bool only_as_before) {
    for (const std::int32_t type : algorithm->types) {
      const auto before = last_.entries.find(name);
      const bool had_it = before != last_.entries.end() && has_type(before->second.algorithm, type);
      if (!only_as_before || had_it) owners.emplace(type, name);
    }
  };
  for (const bool only_as_before : {true, false}) {
    for (const auto& [name, entry] : catalog.entries) {
      if (entry.algorithm) claim(name, entry.algorithm, only_as_before);
    }
  }
  for (auto& [name, entry] : catalog.entries) {
    if (!entry.algorithm) continue;
    for (std::size_t i = 0; i < entry.algorithm->types.size(); ++i) {
      const std::string& owner = owners.at(entry.algorithm->types[i]);
      if (owner == name) continue;
      entry.error = fmt::format("{}: /types/{}: found {}, expected a number that {} does not have",
                                entry.algorithm->file, i, entry.algorithm->types[i], owner);
      // Its version before had none of this, if it is in use at all.
      const auto before = last_.entries.find(name);
      entry.algorithm = before == last_.entries.end() ? nullptr : before->second.algorithm;
      break;
    }
  }
}

}  // namespace stream::manifest
