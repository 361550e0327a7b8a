#include "stream/common/secrets.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace stream {
namespace {

constexpr std::string_view kMask = "***";
// What can end an address in running text. A password may hold '@' and '/', so neither ends the search for
// the last '@'.
constexpr std::string_view kAddressEnd = " \t\r\n\"<>";
constexpr std::array<std::string_view, 8> kSecretNames = {"password", "passwd", "pwd",  "pass",
                                                          "secret",   "token",  "auth", "key"};

bool ends_with_secret_name(std::string_view text) {
  const auto same_letter = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::any_of(kSecretNames.begin(), kSecretNames.end(), [&](std::string_view name) {
    return text.size() >= name.size() &&
           std::equal(name.begin(), name.end(), text.end() - static_cast<std::ptrdiff_t>(name.size()),
                      [&](char n, char t) { return same_letter(t, n); });
  });
}

// The part of an address between "://" and its '@', with the password hidden.
std::string mask_user_info(std::string_view user_info) {
  const std::size_t colon = user_info.find(':');
  if (colon == std::string_view::npos) return std::string(user_info);
  return std::string(user_info.substr(0, colon + 1)) + std::string(kMask);
}

std::string mask_parameters(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t equals = text.find('=', at);
    if (equals == std::string_view::npos) break;
    out += text.substr(at, equals + 1 - at);
    at = equals + 1;
    const std::size_t name_start = text.find_last_of("?&# \t", equals);
    const std::string_view name = name_start == std::string_view::npos
                                      ? std::string_view()
                                      : text.substr(name_start + 1, equals - name_start - 1);
    if (name_start == std::string_view::npos || text[name_start] == ' ' || text[name_start] == '\t' ||
        !ends_with_secret_name(name)) {
      continue;
    }
    out += kMask;
    at = std::min(text.find_first_of("&# \t\r\n\"'", at), text.size());
  }
  out += text.substr(at);
  return out;
}

// Whether `text`, which starts after "://", begins with neither a host nor a host and a port: then what is
// before the ':' is a user. That it holds no '@' is given.
bool begins_with_user(std::string_view text) {
  const std::size_t colon = text.find_first_of(":/?#[");
  if (colon == 0 || colon == std::string_view::npos || text[colon] != ':') return false;
  std::string_view port = text.substr(colon + 1);
  port = port.substr(0, port.find_first_of("/?#"));
  port = port.substr(0, port.find_last_not_of(".,;:)]}'") + 1);
  return !port.empty() &&
         !std::all_of(port.begin(), port.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// Where the user part that starts at `start` has its '@' when its password goes on after `end`, the end of
// the word; npos when it does not.
std::size_t find_far_host(std::string_view text, std::size_t start, std::size_t end) {
  if (!begins_with_user(text.substr(start, end - start))) return std::string_view::npos;
  const std::size_t limit = std::min(text.find("://", start), text.find('\n', start));
  const std::size_t first = text.substr(0, limit).find('@', end);
  if (first == std::string_view::npos) return first;
  return text.substr(0, std::min(text.find_first_of(kAddressEnd, first), limit)).rfind('@');
}

// user:password@host without a scheme, word by word.
std::string mask_bare_credentials(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(kAddressEnd), text.size());
    const std::string_view word = text.substr(0, end);
    const std::size_t host = word.rfind('@');
    const bool is_bare = host != std::string_view::npos && word.find("://") == std::string_view::npos;
    out += is_bare ? mask_user_info(word.substr(0, host)).append(word.substr(host)) : std::string(word);
    out += text.substr(end, 1);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

std::string mask_address(std::string_view address) {
  const std::size_t scheme = address.find("://");
  const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t host = address.rfind('@');
  if (host == std::string_view::npos || host < start) return mask_secrets(address);
  return std::string(address.substr(0, start)) + mask_user_info(address.substr(start, host - start)) +
         mask_parameters(address.substr(host));
}

std::string mask_secrets(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const std::size_t scheme = text.find("://", at);
    if (scheme == std::string_view::npos) break;
    const std::size_t start = scheme + 3;
    const std::size_t end = std::min(text.find_first_of(kAddressEnd, start), text.size());
    // Another address may follow without a space between; its scheme is not part of this one.
    const std::size_t next_scheme = std::min(text.find("://", start), end);
    const std::size_t host = text.substr(0, next_scheme).rfind('@');
    const bool is_in_word = host != std::string_view::npos && host >= start;
    const std::size_t far_host = is_in_word ? host : find_far_host(text, start, end);
    out += text.substr(at, start - at);
    if (!is_in_word && far_host != std::string_view::npos) {
      out += mask_user_info(text.substr(start, far_host - start));
      at = far_host;
    } else if (is_in_word) {
      // '@' in a query belongs to the query, unless there is none before it.
      const std::size_t first_at = text.find('@', start);
      const std::size_t query = text.find('?', start);
      const std::size_t user_end = query < host && first_at < query ? text.substr(0, query).rfind('@') : host;
      out += mask_user_info(text.substr(start, user_end - start));
      at = user_end;
    } else {
      at = start;
    }
  }
  out += text.substr(at);
  return mask_parameters(mask_bare_credentials(out));
}

std::vector<Secret> secrets_in(std::string_view address) {
  std::vector<Secret> secrets;
  const std::size_t scheme = address.find("://");
  const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t colon = address.find(':', start);
  if (colon != std::string_view::npos) {
    for (std::size_t at = address.find('@', colon + 2); at != std::string_view::npos;
         at = address.find('@', at + 1)) {
      secrets.push_back({std::string(address.substr(start, colon + 1 - start)),
                         std::string(address.substr(colon + 1, at - colon - 1)), "@"});
    }
  }
  for (std::size_t at = address.find_first_of("?&#", start); at != std::string_view::npos;) {
    const std::size_t next = address.find_first_of("?&#", at + 1);
    const std::string_view parameter = address.substr(at + 1, std::min(next, address.size()) - at - 1);
    const std::size_t equals = parameter.find('=');
    if (equals != std::string_view::npos && equals + 1 < parameter.size() &&
        ends_with_secret_name(parameter.substr(0, equals))) {
      secrets.push_back(
          {std::string(parameter.substr(0, equals + 1)), std::string(parameter.substr(equals + 1)), {}});
    }
    at = next;
  }
  return secrets;
}

}  // namespace stream
