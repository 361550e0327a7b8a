#include "stream/events/condition.hpp"

namespace stream::events {

Condition Condition::raised_before(const ConditionOptions& options, TimePoint now) {
  Condition condition(options);
  condition.bad_ = condition.raised_ = true;
  condition.since_ = condition.seen_ = now;
  return condition;
}

std::optional<Condition::Edge> Condition::see(bool bad, TimePoint now) {
  seen_ = now;
  if (bad != bad_) {
    bad_ = bad;
    since_ = now;
    if (bad && raised_) ++flaps_;
  }
  if (!bad || raised_ || now - since_ < options_.raise_after) return look(now);
  raised_ = true;
  flaps_ = 0;
  return Edge::kRaised;
}

std::optional<Condition::Edge> Condition::look(TimePoint now) {
  if (!raised_ || bad_ || now - since_ < options_.clear_after) return std::nullopt;
  raised_ = false;
  return Edge::kCleared;
}

}  // namespace stream::events
