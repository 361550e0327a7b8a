#include "url_list.hpp"

#include <algorithm>
#include <optional>

#include "stream/common/report_url.hpp"
#include "stream/common/secrets.hpp"

namespace stream::client {
namespace {

constexpr std::string_view kSpaces = " \t";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return text.substr(0, text.find_last_not_of(kSpaces) + 1);
}

// What stands before the first `end`, without it; `text` keeps what follows.
std::string_view cut_off(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> urls;
  while (!trimmed(text).empty()) urls.emplace_back(trimmed(cut_off(text, ',')));
  return urls;
}

// `text` without its brackets. Empty: it is no such list.
std::optional<std::vector<std::string>> read_quoted(std::string_view text) {
  std::vector<std::string> urls;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const char quote = text.front();
    if ((quote != '\'' && quote != '"') || text.find(quote, 1) == std::string_view::npos) return std::nullopt;
    text.remove_prefix(1);
    urls.emplace_back(trimmed(cut_off(text, quote)));
    if (!trimmed(cut_off(text, ',')).empty()) return std::nullopt;
  }
  return urls;
}

}  // namespace

Result<std::vector<std::string>> parse_url_list(std::string_view text) {
  text = trimmed(text);
  std::optional<std::vector<std::string>> urls;
  if (!text.starts_with('[')) {
    urls = split(text);
  } else if (text.ends_with(']')) {
    urls = read_quoted(text.substr(1, text.size() - 2));
  }
  if (!urls) {
    return fail(ErrorCode::kInvalid, "found {}, expected a list such as ['http://a/x', 'http://b/x']",
                mask_secrets(text));
  }
  for (const std::string& url : *urls) {
    if (const auto parsed = parse_report_url(url); !parsed) return tl::unexpected(parsed.error());
  }
  return *std::move(urls);
}

}  // namespace stream::client
