// The rules as a manifest says them, as the rule chain takes them.
#pragma once

#include "rule_spec.hpp"
#include "stream/decision/decider.hpp"
#include "stream/manifest/logic_part.hpp"

namespace stream::decision {

// kInvalid for a class of `threshold` that has no number. All else is left to check().
Result<RuleSpec> rule_spec_of(const manifest::LogicPart& part, const DeciderOptions& options);

}  // namespace stream::decision
