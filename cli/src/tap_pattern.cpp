#include "tap_pattern.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "stream/common/encode.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::cli {
namespace {

std::string_view kind_of(std::string_view word) {
  for (const std::string_view kind : kTopicKinds) {
    if (word == kind || word == std::string(kind) + "s") return kind;
  }
  return word == "bodies" ? "body" : "";
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<std::vector<std::string>> topic_prefixes(std::string_view pattern) {
  if (pattern == "*") return std::vector<std::string>{"frame/", "alarm/", "event/", "report/"};
  if (pattern == "system") return std::vector{std::string(topics::kSystemEvent)};
  const std::size_t slash = pattern.find('/');
  const std::string_view kind = kind_of(pattern.substr(0, slash));
  if (kind.empty()) {
    return fail(ErrorCode::kInvalid,
                "found '{}', expected *, system or KIND[/TASK[/ALGORITHM]] with KIND one of {}", pattern,
                fmt::join(kTopicKinds, ", "));
  }
  std::string prefix = std::string(kind) + "/";
  std::string_view task = slash == std::string_view::npos ? "" : pattern.substr(slash + 1);
  if (task.ends_with('/')) task.remove_suffix(1);
  if (task.empty()) return std::vector{prefix};

  std::string_view algorithm;
  const std::size_t last = task.rfind('/');
  const bool has_algorithms = kind != "event" && kind != "report";
  if (has_algorithms && last != std::string_view::npos && last > 0 && is_number(task.substr(last + 1))) {
    algorithm = task.substr(last + 1);
    task = task.substr(0, last);
  }
  prefix += encode_name(task) + "/";
  if (!algorithm.empty()) prefix += std::string(algorithm) + "/";
  return std::vector{prefix};
}

}  // namespace stream::cli
