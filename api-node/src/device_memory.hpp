// How much memory the device that runs the models has left, where a box tells it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace stream::api {

// Bytes. Of "[0] npu heap size:4141875200 bytes, used:144646144 bytes ...", as the drivers of Sophgo boxes
// write it under /sys/kernel/debug/ion, of several heaps the least; or of a text that is a number and nothing
// else: the free bytes. Empty for every other text.
std::optional<std::uint64_t> parse_free_memory(std::string_view text);

// Of the first 64 KiB of `file`; empty as well when it cannot be read.
std::optional<std::uint64_t> read_free_memory(const std::filesystem::path& file);

}  // namespace stream::api
