// Names given by users, made safe for paths, topics and URLs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stream {

// A name of 1 to 120 bytes from [A-Za-z0-9_.-%~] that is never "." or "..", has no separator in it, and
// differs for different `name`s: bytes outside [A-Za-z0-9_-] (and dots that are not first) become %XX; a
// result over 120 bytes becomes its first 55 bytes, '~' and a SHA-256 in hex. The same text serves as a file
// name, a topic level and (as it is, without decoding) a part of a URL. Long names cannot be decoded, so
// records carry the name itself as well. Of no name, which only malformed messages have, it makes "%".
std::string encode_name(std::string_view name);

// Unicode code points in `text`, or npos when it is not valid UTF-8.
std::size_t count_code_points(std::string_view text);

}  // namespace stream
