#include "task_definition.hpp"

#include <algorithm>

namespace stream::cli {

Result<nlohmann::json> parse_definition(const std::string& text, const std::string& where) {
  try {
    auto parsed = nlohmann::json::parse(text);
    if (!parsed.is_object())
      return fail(ErrorCode::kInvalid, "{}: found {}, expected an object", where, parsed.type_name());
    return parsed;
  } catch (const nlohmann::json::parse_error& error) {
    // Where, but not what stands there: the parser's own text would quote half an address, password included.
    const std::string before = text.substr(0, error.byte - std::min<std::size_t>(error.byte, 1));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    return fail(ErrorCode::kInvalid, "{}: line {}: this is no JSON", where, line);
  }
}

}  // namespace stream::cli
