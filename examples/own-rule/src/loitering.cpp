#include "loitering.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

namespace loitering {

using nlohmann::json;
using stream::decision::CustomRules;
using stream::decision::CustomVerdict;
using stream::decision::RuleFrame;
using stream::decision::RuleObject;

Loitering::Loitering(const stream::JsonReader& with) {
  constexpr double kFarthest_px = 1e6;
  constexpr double kLongest_s = 86400;
  with.expect_only({"x", "y", "radius_px", "at_least_s"});
  x_ = with["x"].number(0, kFarthest_px);
  y_ = with["y"].number(0, kFarthest_px);
  radius_px_ = with["radius_px"].number(1, kFarthest_px);
  at_least_us_ = std::llround(with["at_least_s"].number(0, kLongest_s) * 1e6);
}

CustomVerdict Loitering::judge(const RuleObject& object, const RuleFrame& frame) {
  CustomVerdict verdict;
  if (!object.box || distance_px(*object.box) > radius_px_) {
    forget(object.key);
    if (frame.explain) {
      verdict.text = object.box
                         ? fmt::format("{:.0f} px off, near is {:.0f}", distance_px(*object.box), radius_px_)
                         : "nobody knows where it is";
    }
    return verdict;
  }
  const auto since_us = near_since_us_.try_emplace(std::string(object.key), frame.running_us).first->second;
  const auto near_us = frame.running_us - since_us;
  const double near_s = static_cast<double>(near_us) / 1e6;
  verdict.passes = near_us >= at_least_us_;
  if (verdict.passes) verdict.found = {{"near_s", near_s}};
  if (frame.explain)
    verdict.text =
        fmt::format("near for {:.1f} of {:.1f} s", near_s, static_cast<double>(at_least_us_) / 1e6);
  return verdict;
}

void Loitering::forget(std::string_view key) {
  if (const auto found = near_since_us_.find(key); found != near_since_us_.end()) near_since_us_.erase(found);
}

std::string Loitering::save() const {
  return json(near_since_us_).dump();
}

void Loitering::restore(std::string_view memory) {
  const auto saved = json::parse(memory, nullptr, false);
  if (!saved.is_object()) return;
  for (const auto& [key, since_us] : saved.items()) {
    if (since_us.is_number_integer()) near_since_us_[key] = since_us;
  }
}

double Loitering::distance_px(const stream::Box& box) const {
  return std::hypot(box.x + box.width / 2.0 - x_, box.y + 1.0 * box.height - y_);
}

CustomRules own_rules() {
  CustomRules rules;
  rules.add("loitering", [](const stream::JsonReader& with) { return std::make_unique<Loitering>(with); });
  return rules;
}

}  // namespace loitering
