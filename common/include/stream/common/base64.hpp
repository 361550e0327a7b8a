// Standard base64 (RFC 4648 §4, with padding), by OpenSSL.
#pragma once

#include <string>
#include <string_view>

#include "stream/common/result.hpp"

namespace stream {

std::string base64_encode(std::string_view bytes);

// kInvalid for anything but strict base64: other alphabets, white space, missing padding.
Result<std::string> base64_decode(std::string_view text);

}  // namespace stream
