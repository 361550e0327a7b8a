// The recorded frames, requests and samples that are not part of the project. Tests that need them skip when
// they are absent:
//
//   const auto frames = stream::test::assembled_frames();
//   if (!frames) GTEST_SKIP() << frames.error().message;
#pragma once

#include <filesystem>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::test {

// STREAM_SHARED_DIR from the environment, else "shared" next to the source folder. kNotFound when it is not
// there.
Result<std::filesystem::path> shared_dir();

// A folder with the recorded frames as NDJSON: <kind>_<size>.ndjson. Made once per user and machine, under
// the system's temporary folder; processes that come at the same time wait for the first.
Result<std::filesystem::path> assembled_frames();

}  // namespace stream::test
