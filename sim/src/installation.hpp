// A folder that looks like an installation of sophon-stream and runs stream-sim: for trying things out and
// for tests on machines without the hardware.
#pragma once

#include <filesystem>

#include "stream/common/result.hpp"

namespace stream::sim {

// Writes into `folder`, which is made when it does not exist; files of the same name are overwritten:
//   samples/<sample>/config/*.json   a small graph
//   samples/<sample>/data/...        class names, and models that are none
//   build/lib/*.so                   shared objects that are none
//   samples/build/main               a link to `program`
// A sample for each folder of `algorithms` that has a sample.json (docs/manifest.md). kUnavailable with the
// path that could not be written; kInvalid with what is wrong in a sample.json.
Status make_installation(const std::filesystem::path& folder, const std::filesystem::path& program,
                         const std::filesystem::path& algorithms);

}  // namespace stream::sim
