// Where the pictures of a task come from, sorted into the source types the stream process knows.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "stream/common/result.hpp"
#include "stream/manifest/installation.hpp"

namespace stream::manifest {

// The value of "source_type" in the demo file: RTSP, RTMP, GB28181, CAMERA, IMG_DIR or VIDEO. Looks at the
// form of the address only, not at whether anything is there, except that a path without a trailing slash is
// a folder when `is_folder` says so. kInvalid, with the address masked, when it has none of the known forms.
Result<std::string> source_type_of(std::string_view address,
                                   const std::function<bool(const std::string&)>& is_folder);

// The same, with folders looked up where a stream process of this installation would.
Result<std::string> source_type_of(const std::string& address, const Installation& installation);
// Whether this address names a device of the machine itself.
bool is_local_device(std::string_view address);

// Whether video of this source type comes to an end: a file, a folder.
bool has_an_end(std::string_view source_type);

}  // namespace stream::manifest
