// The recorded frames and their oracles, without the pictures: what a decision needs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "stream/schemas/messages.hpp"

namespace stream::decision {

// Where the recordings are; empty when they are not here.
std::optional<std::filesystem::path> corpus_dir();

struct RecordedFrame {
  std::int64_t line = 0;  // in the recording, counted from 0
  FrameMeta meta;
};

// A recording such as "tripwire_768x576", without pictures. Of "mixed_768x576" every camera.
std::vector<RecordedFrame> read_recording(const std::filesystem::path& dir, const std::string& name);

struct ExpectedAlarm {
  std::int64_t line = 0;
  std::int64_t frame_id = 0;
  std::string key;
  Box box;
  bool operator==(const ExpectedAlarm&) const = default;
};

std::vector<ExpectedAlarm> read_oracle(const std::filesystem::path& dir, const std::string& name);

std::ostream& operator<<(std::ostream& out, const ExpectedAlarm& alarm);

}  // namespace stream::decision
