// The definition of a task: the body of a create.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "stream/common/result.hpp"

namespace stream::cli {

// `text` as JSON. kInvalid, with `where` and the line but nothing of the text, which may hold a password,
// when it is not JSON or not an object.
Result<nlohmann::json> parse_definition(const std::string& text, const std::string& where);

}  // namespace stream::cli
