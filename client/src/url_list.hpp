// The report URLs as people write them on a command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::client {

// One URL, several with commas between, or a list with brackets and quotes as Python and JSON write it:
// "['http://a/x', 'http://b/x']". Empty: none. kInvalid with what was found and expected, without passwords.
Result<std::vector<std::string>> parse_url_list(std::string_view text);

}  // namespace stream::client
