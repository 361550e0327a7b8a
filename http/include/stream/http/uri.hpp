// Parts of a request's address. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stream::http {

// %XX as bytes; nullopt when a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

// Any text as one segment of a path: what is not a letter, a digit or one of - _ . ~ becomes %XX.
std::string percent_encoded(std::string_view text);

// The value of a parameter of a query as it stands there, empty when it is not there.
std::string_view query_parameter(std::string_view query, std::string_view name);

}  // namespace stream::http
