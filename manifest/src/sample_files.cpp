#include "stream/manifest/sample_files.hpp"

#include <algorithm>

#include "stream/common/json_reader.hpp"

namespace stream::manifest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kPlaceholder = "{Stream_path}";

bool is_file(const fs::path& path) {
  std::error_code failure;
  return fs::is_regular_file(path, failure);
}

}  // namespace

SampleFiles::SampleFiles(const Installation& installation, fs::path sample_config, fs::path folder)
    : installation_(installation), sample_config_(std::move(sample_config)), folder_(std::move(folder)) {}

// Some samples were written for another working directory ("../config/decode.json"); their own config folder
// is what they mean.
fs::path SampleFiles::find(const std::string& reference) const {
  fs::path path = installation_.resolve(reference);
  if (files_.contains(path) || is_file(path)) return path;
  const fs::path own = sample_config_ / path.filename();
  if (path.parent_path().filename() == "config" && is_file(own)) return installation_.resolve(own);
  return path;
}

Result<SampleFiles::File*> SampleFiles::read(const std::string& reference) {
  json text = reference;
  replace_placeholder(text);
  const fs::path path = find(text.get<std::string>());
  if (const auto known = files_.find(path); known != files_.end()) return &known->second;
  auto content = read_json_file(path);
  if (!content) return tl::unexpected(content.error());
  json original = *content;
  replace_placeholder(*content);
  File file{path, unique_name(path), std::move(*content), std::move(original)};
  return &files_.emplace(path, std::move(file)).first->second;
}

SampleFiles::File& SampleFiles::add(const std::string& name, json content) {
  File file{"", unique_name(name), std::move(content), std::nullopt};
  file.source = folder_ / file.name;
  return files_.emplace(installation_.resolve(file.source), std::move(file)).first->second;
}

void SampleFiles::drop(const File& file) {
  const auto is_it = [&](const auto& entry) { return &entry.second == &file; };
  if (const auto found = std::find_if(files_.begin(), files_.end(), is_it); found != files_.end())
    files_.erase(found);
}

std::string SampleFiles::unique_name(const fs::path& source) const {
  const auto is_taken = [&](const std::string& name) {
    return std::any_of(files_.begin(), files_.end(),
                       [&](const auto& entry) { return entry.second.name == name; });
  };
  std::string name = source.filename();
  for (int i = 2; is_taken(name); ++i) name = fmt::format("{}_{}", i, source.filename().string());
  return name;
}

void SampleFiles::replace_placeholder(json& value) const {
  if (value.is_structured()) {
    for (json& member : value) replace_placeholder(member);
  } else if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    for (std::size_t at = 0; (at = text.find(kPlaceholder, at)) != std::string::npos;) {
      text.replace(at, kPlaceholder.size(), installation_.root());
      at += installation_.root().native().size();
    }
  }
}

void SampleFiles::rewrite_references(json& value) const {
  if (value.is_structured()) {
    for (json& member : value) rewrite_references(member);
  } else if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (!text.ends_with(".json")) return;
    if (const auto file = files_.find(find(text)); file != files_.end()) text = path_of(file->second);
  }
}

std::map<std::string, SampleFiles::File> SampleFiles::take() {
  for (auto& [path, file] : files_) rewrite_references(file.content);
  std::map<std::string, File> result;
  for (auto& [path, file] : files_) {
    const std::string name = file.name;
    result.emplace(name, std::move(file));
  }
  files_.clear();
  return result;
}

}  // namespace stream::manifest
