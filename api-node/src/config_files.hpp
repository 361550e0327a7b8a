// The folder of a task: <data-dir>/tasks/<encoded id>/<n>/ with config/ and stream.log of its n-th algorithm.
// They hold camera passwords, so nobody but the owner may look into config/, and the log is readable by the
// owner only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "stream/common/result.hpp"
#include "stream/manifest/stream_config.hpp"

namespace stream::api {

std::filesystem::path task_folder(const std::filesystem::path& data_dir, const std::string& task_id);
std::filesystem::path algorithm_folder(const std::filesystem::path& data_dir, const std::string& task_id,
                                       std::uint32_t algorithm);

// Replaces what is in `folder` by the files of `config`. kUnavailable with the system's reason.
Status write_stream_config(const std::filesystem::path& folder, const manifest::StreamConfig& config);

// Removes a task's folder; that there is none is fine.
Status remove_task_folder(const std::filesystem::path& data_dir, const std::string& task_id);

// Empties `file` when it is longer than `limit_bytes`. Whoever appends to it goes on at its start.
void cap_log_file(const std::filesystem::path& file, std::uint64_t limit_bytes);

}  // namespace stream::api
