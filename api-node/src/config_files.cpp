#include "config_files.hpp"

#include <fstream>

#include "stream/common/encode.hpp"
#include "stream/common/files.hpp"
#include "stream/common/hash.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

Status make_private_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (!failure) fs::permissions(folder, fs::perms::owner_all, failure);
  if (failure) return fail(ErrorCode::kUnavailable, "{}: {}", folder.string(), failure.message());
  return {};
}

}  // namespace

fs::path task_folder(const fs::path& data_dir, const std::string& task_id) {
  return data_dir / "tasks" / encode_name(task_id);
}

fs::path algorithm_folder(const fs::path& data_dir, const std::string& task_id, std::uint32_t algorithm) {
  return task_folder(data_dir, task_id) / std::to_string(algorithm);
}

std::string shared_name(const std::string& shared_key) {
  return fmt::format("{:016x}", fnv1a(shared_key));
}

fs::path shared_folder(const fs::path& data_dir, const std::string& shared_key) {
  return data_dir / "shared" / shared_name(shared_key);
}

fs::path stream_log(const fs::path& folder) {
  return folder / "stream.log";
}

Status write_stream_config(const fs::path& folder, const std::map<std::string, nlohmann::json>& files) {
  if (auto removed = remove_folder(folder); !removed) return removed;
  if (auto made = make_private_folder(folder); !made) return made;
  for (const auto& [name, content] : files) {
    if (auto written = write_file(folder / name, content.dump(2) + "\n"); !written) return written;
  }
  return {};
}

bool is_stream_config(const fs::path& folder, const std::map<std::string, nlohmann::json>& files) {
  std::size_t present = 0;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    const auto expected = files.find(entry.path().filename().string());
    if (expected == files.end()) return false;
    std::ifstream file(entry.path(), std::ios::binary);
    const auto found = nlohmann::json::parse(file, nullptr, false);
    if (found.is_discarded() || found != expected->second) return false;
    ++present;
  }
  return present == files.size();
}

Status remove_folder(const fs::path& folder) {
  std::error_code failure;
  fs::remove_all(folder, failure);
  if (failure) return fail(ErrorCode::kUnavailable, "{}: {}", folder.string(), failure.message());
  return {};
}

std::map<std::string, nlohmann::json> read_stream_config(const fs::path& folder) {
  std::map<std::string, nlohmann::json> files;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    std::ifstream file(entry.path(), std::ios::binary);
    auto content = nlohmann::json::parse(file, nullptr, false);
    if (!content.is_discarded()) files.emplace(entry.path().filename().string(), std::move(content));
  }
  return files;
}

Status remove_folders_but(const fs::path& parent, const std::set<std::string>& names) {
  std::error_code failure;
  std::set<fs::path> others;
  for (const auto& folder : fs::directory_iterator(parent, failure)) {
    if (!names.contains(folder.path().filename())) others.insert(folder.path());
  }
  if (failure == std::errc::no_such_file_or_directory) return {};
  if (failure) return fail(ErrorCode::kUnavailable, "{}: {}", parent.string(), failure.message());
  for (const fs::path& folder : others) {
    if (auto removed = remove_folder(folder); !removed) return removed;
  }
  return {};
}

}  // namespace stream::api
