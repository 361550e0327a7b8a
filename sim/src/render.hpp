// The synthetic street as a video file.
#pragma once

#include <string>

#include "stream/common/result.hpp"
#include "street.hpp"

namespace stream::sim {

// Overwrites `path`; its ending names the format, as with ffmpeg.
Status render(const std::string& path, const StreetOptions& street, double seconds);

}  // namespace stream::sim
