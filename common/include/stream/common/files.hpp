// Files that others look at while they are written.
#pragma once

#include <filesystem>
#include <string_view>

#include "stream/common/result.hpp"

namespace stream {

// Makes or replaces `path`: whoever opens it sees all of `bytes` or what was there before, whenever the
// process is killed. (When the machine loses power the file may be lost.) kUnavailable with the path and the
// system's reason; nothing is left behind then. `owner_only`: nobody else may look into it.
Status write_file(const std::filesystem::path& path, std::string_view bytes, bool owner_only = false);

}  // namespace stream
