#include "stream/decision/custom_rule.hpp"

#include <fmt/ranges.h>

#include <exception>
#include <utility>

#include "stream/common/assert.hpp"
#include "stream/manifest/algorithm.hpp"

namespace stream::decision {

CustomRules& CustomRules::add(std::string name, Make make) {
  STREAM_ASSERT(manifest::is_plain_name(name), "a rule's name: {}", name);
  const bool is_new = makers_.emplace(name, std::move(make)).second;
  STREAM_ASSERT(is_new, "two rules of the name {}", name);
  return *this;
}

Result<std::unique_ptr<CustomRule>> CustomRules::make(const std::string& name,
                                                      const nlohmann::json& parameters) const {
  const std::string place = "/rules/custom/" + name;
  const auto maker = makers_.find(name);
  if (maker == makers_.end()) {
    std::vector<std::string_view> names;
    for (const auto& [known, make] : makers_) names.push_back(known);
    return fail(ErrorCode::kInvalid,
                "{}: found a rule that this program does not have, expected {} (docs/how-to/write-a-rule.md)",
                place,
                names.empty() ? "none, for it has none but those built in"
                              : fmt::format("one of {}", fmt::join(names, ", ")));
  }
  std::optional<Error> error;
  std::unique_ptr<CustomRule> rule;
  try {
    rule = maker->second(JsonReader(parameters, place, error));
  } catch (const std::exception& failure) {
    return fail(ErrorCode::kInvalid, "{}: the rule cannot be made: {}", place, failure.what());
  }
  if (error) return tl::unexpected(*std::move(error));
  if (!rule) return fail(ErrorCode::kInvalid, "{}: the rule cannot be made", place);
  return rule;
}

}  // namespace stream::decision
