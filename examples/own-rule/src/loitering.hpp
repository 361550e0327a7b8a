// A rule of one's own: an object alarms when its feet have been near a point for some time without a break.
//
//   "custom": {"loitering": {"x": 384, "y": 300, "radius_px": 80, "at_least_s": 10}}
//
// Events can say /custom/loitering/near_s: for how long.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "stream/decision/custom_rule.hpp"

namespace loitering {

class Loitering : public stream::decision::CustomRule {
 public:
  // Complains about what it does not understand.
  explicit Loitering(const stream::JsonReader& with);

  stream::decision::CustomVerdict judge(const stream::decision::RuleObject& object,
                                        const stream::decision::RuleFrame& frame) override;
  void forget(std::string_view key) override;
  std::string save() const override;
  void restore(std::string_view memory) override;

 private:
  double distance_px(const stream::Box& box) const;

  double x_, y_, radius_px_;
  std::int64_t at_least_us_;
  std::map<std::string, std::int64_t, std::less<>> near_since_us_;  // by key, of those that are near
};

// The rules that the programs of this example have.
stream::decision::CustomRules own_rules();

}  // namespace loitering
