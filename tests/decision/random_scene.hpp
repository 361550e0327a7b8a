// Rules and frames drawn by a seed: few objects that stroll about in a small picture, so that everything
// meets everything.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "rule_chain.hpp"
#include "scene.hpp"

namespace stream::decision {

class RandomScene {
 public:
  explicit RandomScene(unsigned seed) : random_(seed) {
    for (auto& stroller : strollers_) stroller = {pick(0, 100), pick(0, 100), pick(8, 30), pick(8, 30)};
  }

  int pick(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  bool one_in(int times) { return pick(1, times) == 1; }

  // Each rule is on now and then.
  RuleSpec any_rules() {
    RuleSpec spec;
    spec.sample_interval = pick(1, 3);
    spec.in_frames = static_cast<std::uint64_t>(pick(1, 4));
    spec.out_frames = static_cast<std::uint64_t>(pick(1, 6));
    spec.max_objects = static_cast<std::size_t>(pick(2, 12));
    if (one_in(2)) spec.identity = Identity::kIou;
    spec.iou_min = pick(1, 4) / 10.0;
    if (one_in(2)) spec.drawn = {70, 70};
    if (one_in(2)) spec.anchor = Anchor::kCentre;
    if (one_in(4)) spec.size = SizeLimits{pick(0, 12), pick(20, 40)};
    for (int i = one_in(2) ? 0 : pick(1, 3); i > 0; --i) {
      spec.areas.push_back({any_point(), any_point(), any_point(), any_point()});
    }
    if (one_in(3)) spec.min_overlap = 0.3;
    spec.min_count = one_in(4) ? 2 : 0;
    for (int i = one_in(2) ? 0 : pick(1, 3); i > 0; --i) {
      spec.lines.push_back({any_point(), any_point(), any_point(), any_point()});
    }
    spec.hysteresis_px = pick(0, 5);
    if (one_in(3)) spec.track_interval = static_cast<std::uint64_t>(pick(1, 8));
    if (one_in(3)) spec.alarm_interval = static_cast<std::uint64_t>(pick(1, 30));
    if (one_in(4)) spec.scores = ScoreLimits{0.4, {{1, 0.6}}};
    if (one_in(4)) spec.stay_us = pick(0, 400'000);
    if (one_in(3)) spec.leave_us = pick(0, 900'000);
    return spec;
  }

  struct AnyFrame {
    std::vector<ObjectView> objects;
    FrameView view;  // without its objects
  };

  AnyFrame next_frame() {
    AnyFrame frame;
    for (std::size_t i = 0; i < kKeys.size(); ++i) {
      auto& [x, y, width, height] = strollers_[i];
      x = std::clamp(x + pick(-12, 12), -20, 110);
      y = std::clamp(y + pick(-12, 12), -20, 110);
      if (one_in(3)) continue;
      std::optional<Box> box;
      if (!one_in(40)) box = Box{x, y, width, height};
      // One has no key; and now and then somebody shows up as somebody else, who may be there as well.
      const auto& key = one_in(30) ? kKeys[static_cast<std::size_t>(pick(0, 5))] : kKeys[i];
      frame.objects.push_back(
          {key, box, static_cast<std::int32_t>(i % 3), static_cast<float>(pick(20, 100)) / 100});
    }
    id_ = one_in(40) ? 0 : id_ + (one_in(10) ? pick(1, 20) : pick(1, 3));
    received_ += pick(0, 200'000);
    const auto timestamp = one_in(10) ? 0 : received_ - 5'000'000;
    frame.view = {id_, timestamp, received_, one_in(20) ? Canvas{} : Canvas{100, 100}, {}};
    return frame;
  }

 private:
  inline static const std::array<std::string, 6> kKeys{"a", "b", "", "c", "d", "e"};

  Point any_point() { return {double(pick(-10, 110)), double(pick(-10, 110))}; }

  std::mt19937 random_;
  std::array<Box, 6> strollers_;
  std::int64_t id_ = 0;
  std::int64_t received_ = Scene::kBegin;
};

}  // namespace stream::decision
