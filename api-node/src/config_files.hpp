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

// That of a stream process that several tasks share: <data-dir>/shared/<hash of its key>/.
std::filesystem::path shared_folder(const std::filesystem::path& data_dir, const std::string& shared_key);
// The name of that folder, which tells nothing of the key.
std::string shared_name(const std::string& shared_key);

// Of the process that has this folder.
std::filesystem::path stream_log(const std::filesystem::path& folder);

// Replaces what is in `folder` by `files`, by name. kUnavailable with the system's reason.
Status write_stream_config(const std::filesystem::path& folder,
                           const std::map<std::string, nlohmann::json>& files);

// Whether just these files are in `folder`, with this content.
bool is_stream_config(const std::filesystem::path& folder,
                      const std::map<std::string, nlohmann::json>& files);

// Removes a folder with all that is in it; that there is none is fine.
Status remove_folder(const std::filesystem::path& folder);

// Removes all folders in `parent` but those of these names.
Status remove_folders_but(const std::filesystem::path& parent, const std::set<std::string>& names);
// What was written by write_stream_config(), by name; what cannot be read is left out.
std::map<std::string, nlohmann::json> read_stream_config(const std::filesystem::path& folder);

}  // namespace stream::api
