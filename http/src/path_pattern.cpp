#include "path_pattern.hpp"

#include <algorithm>
#include <utility>

namespace stream::http {
namespace {

// Takes the first segment off `path`, and the '/' that ends it.
std::string_view take_segment(std::string_view& path) {
  const auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(path.size(), segment.size() + 1));
  return segment;
}

std::size_t count_segments(std::string_view path) {
  return 1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

}  // namespace

PathPattern::PathPattern(std::string text) : text_(std::move(text)) {
  std::string_view rest = text_;
  for (auto left = count_segments(rest); left > 0; --left) {
    std::string_view segment = take_segment(rest);
    const bool named = segment.starts_with('{');
    if (named) segment.remove_prefix(segment.find('}') + 1);
    segments_.push_back({named, std::string(segment)});
  }
}

std::optional<std::vector<std::string_view>> PathPattern::match(std::string_view path) const {
  if (count_segments(path) != segments_.size()) return std::nullopt;
  std::vector<std::string_view> values;
  for (const Segment& segment : segments_) {
    std::string_view given = take_segment(path);
    if (!segment.named) {
      if (given != segment.text) return std::nullopt;
      continue;
    }
    if (given.size() <= segment.text.size() || !given.ends_with(segment.text)) return std::nullopt;
    given.remove_suffix(segment.text.size());
    values.push_back(given);
  }
  return values;
}

}  // namespace stream::http
