#include "text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "stream/common/encode.hpp"
#include "stream/common/secrets.hpp"
#include "stream/picture/jpeg.hpp"

namespace stream::cli {
namespace {

// Characters it takes on the screen, roughly: code points.
std::size_t width_of(const std::string& text) {
  const std::size_t points = count_code_points(text);
  return points == std::string::npos ? text.size() : points;
}

// Texts are masked one by one: in the finished JSON a quote inside a text would look like its end.
nlohmann::json masked(const nlohmann::json& json) {
  if (json.is_string()) return mask_secrets(json.get_ref<const std::string&>());
  nlohmann::json result = json;
  if (json.is_structured()) {
    for (nlohmann::json& member : result) member = masked(member);
  }
  return result;
}

std::string dump(const nlohmann::json& json, int indent) {
  return masked(json).dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  if (bytes < 999'500) return fmt::format("{} kB", (bytes + 500) / 1000);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string time_text(std::int64_t unix_us) {
  if (unix_us == 0) return "-";
  const std::time_t seconds = unix_us / 1'000'000;
  return fmt::format("{:%H:%M:%S}.{:03}", fmt::localtime(seconds), unix_us / 1000 % 1000);
}

std::string date_text(std::int64_t unix_us) {
  if (unix_us == 0) return "-";
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(unix_us / 1'000'000)));
}

std::string picture_text(std::string_view picture) {
  const auto size = picture::inspect_jpeg(picture);
  if (!size) return fmt::format("<{}>", size_text(picture.size()));
  return fmt::format("<jpeg {}x{} {}>", size->width, size->height, size_text(picture.size()));
}

std::string one_line(std::string text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  std::replace_if(text.begin(), text.end(), is_control, ' ');
  return mask_secrets(text);
}

std::string json_line(const nlohmann::json& json) {
  return dump(json, -1);
}

std::string pretty_json(const nlohmann::json& json) {
  return dump(json, 2);
}

void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    out << one_line(std::move(line)) << '\n';
  }
}

}  // namespace stream::cli
