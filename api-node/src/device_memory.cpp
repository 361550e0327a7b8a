#include "device_memory.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

namespace stream::api {
namespace {

// The number behind `what`, which `text` is moved behind.
std::optional<std::uint64_t> take_number_after(std::string_view what, std::string_view& text) {
  const std::size_t at = text.find(what);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + what.size());
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  text = text.substr(0, text.find_last_not_of(kSpace) + 1);
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::uint64_t> parse_free_memory(std::string_view text) {
  if (const auto number = parse_number(text)) return number;
  std::optional<std::uint64_t> least;
  while (const auto size = take_number_after("heap size:", text)) {
    const auto used = take_number_after("used:", text);
    if (!used) break;
    const std::uint64_t free = *size - std::min(*size, *used);
    least = std::min(free, least.value_or(free));
  }
  return least;
}

std::optional<std::uint64_t> read_free_memory(const std::filesystem::path& file) {
  constexpr std::size_t kMostRead = 64 << 10;
  std::ifstream in(file, std::ios::binary);
  std::string text(kMostRead, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_free_memory(text);
}

}  // namespace stream::api
