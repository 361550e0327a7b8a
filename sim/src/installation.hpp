// A folder that looks like an installation of sophon-stream and runs stream-sim: for trying things out and
// for tests on machines without the hardware.
#pragma once

#include <filesystem>

#include "stream/common/result.hpp"

namespace stream::sim {

// Writes into `folder`, which is made when it does not exist; files of the same name are overwritten:
//   samples/<algorithm>/config/*.json   small graphs of the usual shapes
//   samples/<algorithm>/data/...        class names, and models that are none
//   build/lib/*.so                      shared objects that are none
//   samples/build/main                  a link to `program`
// kUnavailable with the path that could not be written.
Status make_installation(const std::filesystem::path& folder, const std::filesystem::path& program);

}  // namespace stream::sim
