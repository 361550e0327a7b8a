// The rules of one's own that an algorithm has turned on: asks, counts and keeps them, and keeps off what
// they throw.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/decision/custom_rule.hpp"
#include "stream/decision/verdict.hpp"

namespace stream::decision {

// Confined to one thread.
class CustomStage {
 public:
  CustomStage() = default;  // of no rules
  // By name, with their parameters; of `known`, nullptr: none are. kInvalid as CustomRules::make() says.
  static Result<CustomStage> make(const std::map<std::string, nlohmann::json>& wanted,
                                  const CustomRules* known);

  bool empty() const { return rules_.empty(); }

  // What all of them say of an object.
  struct Outcome {
    std::optional<std::size_t> stopped_by;  // the first that does, by its place in counts()
    std::string text;                       // of that one, its name first; empty unless it was asked for
    nlohmann::json found;                   // of each that has found something, by its name
  };
  Outcome judge(const RuleObject& object, const RuleFrame& frame);
  // Whether all let it through; counts it.
  bool passes(const Outcome& outcome);

  void forget(std::string_view key);
  std::vector<CustomMemory> save();
  void restore(const std::vector<CustomMemory>& memories);

  const CustomRuleCounts& counts() const { return counts_; }

 private:
  template <class Call>
  bool attempt(std::size_t rule, Call call);

  std::vector<std::unique_ptr<CustomRule>> rules_;
  CustomRuleCounts counts_;  // one for each of rules_
};

}  // namespace stream::decision
