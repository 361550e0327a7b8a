// The folder of a task: <data-dir>/tasks/<encoded id>/<n>/ with config/ and stream.log of its n-th algorithm.
// They hold camera passwords, so nobody but the owner may look into config/, and the log is readable by the
// owner only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "stream/common/result.hpp"

namespace stream::api {

std::filesystem::path task_folder(const std::filesystem::path& data_dir, const std::string& task_id);
std::filesystem::path algorithm_folder(const std::filesystem::path& data_dir, const std::string& task_id,
                                       std::uint32_t algorithm);

// Replaces what is in `folder` by `files`, by name. kUnavailable with the system's reason.
Status write_stream_config(const std::filesystem::path& folder,
                           const std::map<std::string, nlohmann::json>& files);

// Whether just these files are in `folder`, with this content.
bool is_stream_config(const std::filesystem::path& folder,
                      const std::map<std::string, nlohmann::json>& files);

// Removes a folder with all that is in it; that there is none is fine.
Status remove_folder(const std::filesystem::path& folder);

// Removes the folders of all tasks but these, named as they are.
Status remove_folders_but(const std::filesystem::path& data_dir, const std::set<std::string>& names);

}  // namespace stream::api
