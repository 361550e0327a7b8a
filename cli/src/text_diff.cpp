#include "text_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

namespace stream::cli {
namespace {

constexpr std::size_t kContext = 3;

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct Edit {
  char mark;  // ' ', '-' or '+'
  std::string_view line;
};

// The longest common subsequence decides which lines stay.
void compare(const Lines& before, const Lines& after, std::size_t first, std::size_t before_end,
             std::size_t after_end, std::vector<Edit>& edits) {
  const std::size_t rows = before_end - first, columns = after_end - first;
  std::vector<std::vector<std::size_t>> common(rows + 1, std::vector<std::size_t>(columns + 1));
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      common[i][j] = before[first + i] == after[first + j] ? common[i + 1][j + 1] + 1
                                                           : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && before[first + i] == after[first + j]) {
      edits.push_back({' ', before[first + i]});
      ++i, ++j;
    } else if (j == columns || (i < rows && common[i + 1][j] >= common[i][j + 1])) {
      edits.push_back({'-', before[first + i++]});
    } else {
      edits.push_back({'+', after[first + j++]});
    }
  }
}

std::vector<Edit> edits_between(const Lines& before, const Lines& after) {
  const auto [left, right] = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
  const auto first = static_cast<std::size_t>(left - before.begin());
  std::size_t before_end = before.size(), after_end = after.size();
  while (before_end > first && after_end > first && before[before_end - 1] == after[after_end - 1])
    --before_end, --after_end;
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < first; ++i) edits.push_back({' ', before[i]});
  compare(before, after, first, before_end, after_end, edits);
  for (std::size_t i = before_end; i < before.size(); ++i) edits.push_back({' ', before[i]});
  return edits;
}

bool is_change(const Edit& edit) {
  return edit.mark != ' ';
}

// "12,3": the first line and how many; of none, the line before.
std::string range(std::size_t first, std::size_t count) {
  return fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view from,
                         std::string_view to) {
  const std::vector<Edit> edits = edits_between(lines_of(before), lines_of(after));
  std::string diff;
  std::size_t old_line = 0, new_line = 0;  // lines that went by
  for (std::size_t i = 0; i < edits.size();) {
    const auto change = std::find_if(edits.begin() + static_cast<std::ptrdiff_t>(i), edits.end(), is_change);
    if (change == edits.end()) break;
    const auto at = static_cast<std::size_t>(change - edits.begin());
    const std::size_t begin = std::max(i, at < kContext ? 0 : at - kContext);
    old_line += begin - i, new_line += begin - i;
    // The hunk goes on while the next change is near enough for the context of both to touch.
    std::size_t end = at + 1;
    for (std::size_t k = end; k < edits.size() && k <= end + 2 * kContext; ++k) {
      if (is_change(edits[k])) end = k + 1;
    }
    end = std::min(end + kContext, edits.size());
    std::string hunk;
    std::size_t old_count = 0, new_count = 0;
    for (std::size_t k = begin; k < end; ++k) {
      old_count += edits[k].mark == '+' ? 0 : 1;
      new_count += edits[k].mark == '-' ? 0 : 1;
      fmt::format_to(std::back_inserter(hunk), "{}{}\n", edits[k].mark, edits[k].line);
    }
    if (diff.empty()) diff = fmt::format("--- {}\n+++ {}\n", from, to);
    fmt::format_to(std::back_inserter(diff), "@@ -{} +{} @@\n{}", range(old_line, old_count),
                   range(new_line, new_count), hunk);
    old_line += old_count, new_line += new_count;
    i = end;
  }
  return diff;
}

}  // namespace stream::cli
