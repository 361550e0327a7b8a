// What is different between two texts, line by line, as patch(1) reads it.
#pragma once

#include <string>
#include <string_view>

namespace stream::cli {

// A unified diff with three lines of context, `from` and `to` in its head; empty when the texts are the same.
// Costs time and memory in proportion to the product of the lines that lie between the first and the last
// difference. Pure.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view from,
                         std::string_view to);

}  // namespace stream::cli
