// Text for people: sizes, times, pictures, tables.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace stream::cli {

// "812 B", "213 kB", "1.4 MB": thousands, not 1024s.
std::string size_text(std::uint64_t bytes);

// Local time of day, "14:03:59.120"; "-" for 0.
std::string time_text(std::int64_t unix_us);

// Local date and time, "2026-01-31 14:03:59"; "-" for 0.
std::string date_text(std::int64_t unix_us);

// "<jpeg 1920x1080 213 kB>", or "<213 kB>" when it is not a JPEG.
std::string picture_text(std::string_view picture);

// Fit for a terminal: control characters become spaces, secrets are masked.
std::string one_line(std::string text);

// `json` on one line, whatever bytes its texts hold, without secrets.
std::string json_line(const nlohmann::json& json);

// The same on several lines, indented.
std::string pretty_json(const nlohmann::json& json);

// Columns as wide as their longest cell, two spaces between them; each row is one_line().
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows);

}  // namespace stream::cli
