// What holds of a RuleChain for any frames under any rules; frames and rules are drawn by seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "random_scene.hpp"
#include "rule_chain.hpp"
#include "scene.hpp"

namespace stream::decision {
namespace {

class AnyFrames : public ::testing::TestWithParam<unsigned>, protected RandomScene {
 protected:
  AnyFrames() : RandomScene(GetParam()) {}
};

TEST_P(AnyFrames, WithoutOtherRulesItIsSeenAndGone) {
  for (int round = 0; round < 20; ++round) {
    RuleSpec spec;
    spec.sample_interval = pick(1, 3);
    spec.in_frames = static_cast<std::uint64_t>(pick(1, 5));
    spec.out_frames = static_cast<std::uint64_t>(pick(1, 6));
    auto chain = chain_of(spec);
    // The rule in the words of its definition: how often seen, and in which frame last.
    std::map<std::string, std::pair<std::uint64_t, std::int64_t>> known;
    std::int64_t now = 0;
    std::optional<std::int64_t> last;
    for (int i = 0; i < 300; ++i) {
      auto frame = next_frame();
      frame.view.objects = frame.objects;
      const auto grown = last ? (frame.view.frame_id - *last) / spec.sample_interval : 1;
      now += std::max<std::int64_t>(grown, 1);
      last = frame.view.frame_id;
      std::vector<std::size_t> expected;
      for (std::size_t k = 0; k < frame.objects.size(); ++k) {
        const std::string key(frame.objects[k].key);
        if (key.empty()) continue;
        auto& [seen, at] = known[key];
        if (seen > 0 && at == now) continue;
        if (now - at > static_cast<std::int64_t>(spec.out_frames)) seen = 0;
        at = now;
        if (++seen == spec.in_frames) expected.push_back(k);
      }
      std::vector<std::size_t> found;
      for (const auto& alarm : chain.next_frame(frame.view)) found.push_back(alarm.object);
      ASSERT_EQ(found, expected) << "round " << round << " frame " << i;
    }
  }
}

TEST_P(AnyFrames, HandOverAtAnyFrameChangesNothing) {
  for (int round = 0; round < 20; ++round) {
    const auto spec = any_rules();
    auto chain = chain_of(spec);
    auto heir = chain_of(spec);
    for (int i = 0; i < 200; ++i) {
      auto frame = next_frame();
      frame.view.objects = frame.objects;
      if (pick(0, 3) == 0) {
        auto next = chain_of(spec);
        next.restore(heir.save());
        ASSERT_EQ(next.save(), heir.save());
        heir = std::move(next);
      }
      ASSERT_EQ(heir.next_frame(frame.view), chain.next_frame(frame.view))
          << "round " << round << " frame " << i;
      ASSERT_EQ(heir.save(), chain.save());
    }
  }
}

TEST_P(AnyFrames, AskingChangesNothingAndEachObjectHasItsVerdict) {
  for (int round = 0; round < 20; ++round) {
    const auto spec = any_rules();
    auto chain = chain_of(spec);
    auto asked = chain_of(spec);
    std::uint64_t objects = 0, alarms = 0;
    for (int i = 0; i < 200; ++i) {
      auto frame = next_frame();
      frame.view.objects = frame.objects;
      std::vector<Verdict> why;
      const auto found = asked.next_frame(frame.view, &why);
      ASSERT_EQ(found, chain.next_frame(frame.view));
      ASSERT_EQ(why.size(), frame.objects.size());
      std::vector<std::size_t> alarmed;
      for (const auto& verdict : why) {
        EXPECT_FALSE(verdict.text.empty());
        if (!verdict.stopped_by) alarmed.push_back(verdict.object);
      }
      ASSERT_EQ(alarmed.size(), found.size());
      objects += frame.objects.size();
      alarms += found.size();
    }
    ASSERT_EQ(asked.save(), chain.save());
    std::uint64_t stopped = 0;
    for (const auto& count : chain.counts()) stopped += count.stopped;
    EXPECT_EQ(stopped + alarms, objects);
  }
}

TEST_P(AnyFrames, MemoryStaysWithinItsBound) {
  for (int round = 0; round < 20; ++round) {
    const auto spec = any_rules();
    auto chain = chain_of(spec);
    for (int i = 0; i < 200; ++i) {
      auto frame = next_frame();
      frame.view.objects = frame.objects;
      std::ignore = chain.next_frame(frame.view);
      const auto state = chain.save();
      ASSERT_LE(state.objects.size(), spec.max_objects);
      ASSERT_LE(state.iou.objects.size(), spec.max_objects);
      for (const auto& object : state.objects) {
        ASSERT_LE(object.scores.size(), 31U);
        ASSERT_LE(object.sides.size(), spec.lines.size());
      }
    }
  }
}

TEST_P(AnyFrames, AnyStateIsTaken) {
  for (int round = 0; round < 50; ++round) {
    const auto spec = any_rules();
    auto state = chain_of(spec).save();
    const auto any_number = [&]() -> std::uint64_t {
      return one_in(2) ? static_cast<std::uint64_t>(pick(0, 20))
                       : std::numeric_limits<std::uint64_t>::max() / static_cast<unsigned>(pick(1, 3));
    };
    const auto any_time = [&] { return static_cast<std::int64_t>(any_number()); };
    state.frame_count = static_cast<std::uint64_t>(pick(0, 30));
    state.last_frame_id = any_time();
    state.clock = {any_time(), any_time(), any_time(), one_in(2)};
    for (int i = 0; i < 20; ++i) {
      RememberedObject object;
      object.key = std::string(1, static_cast<char>('`' + pick(0, 7)));
      object.last_present = any_number();
      object.last_present_us = any_time();
      object.seen = any_number();
      object.first_counted = any_number();
      object.last_counted = any_number();
      object.first_counted_us = any_time();
      object.last_counted_us = any_time();
      object.away_us = any_time();
      object.alarmed = one_in(2);
      object.crossed = static_cast<std::uint32_t>(any_number());
      object.alarmed_at = any_number();
      object.scores.assign(static_cast<std::size_t>(pick(0, 50)), 0.5F);
      object.has_path = one_in(2);
      object.last_x = one_in(2) ? std::nan("") : 5.0;
      object.last_y = 5;
      object.sides.assign(static_cast<std::size_t>(pick(0, 5)), {pick(-3, 3), pick(-3, 3), one_in(2)});
      state.objects.push_back(std::move(object));
      state.iou.objects.push_back(
          {any_number(), pick(0, 2), {pick(0, 50), pick(0, 50), pick(-5, 50), 9}, any_number()});
    }
    auto chain = chain_of(spec);
    chain.restore(std::move(state));
    std::uint64_t alarms = 0;
    for (int i = 0; i < 50; ++i) {
      auto frame = next_frame();
      frame.view.objects = frame.objects;
      for (const auto& alarm : chain.next_frame(frame.view)) {
        ASSERT_LT(alarm.object, frame.objects.size());
        ASSERT_GE(alarm.stay_us, 0);
        ASSERT_LT(alarm.line.value_or(0), std::max<std::size_t>(spec.lines.size(), 1));
        ++alarms;
      }
    }
    EXPECT_LE(alarms, 300U);
    EXPECT_LE(chain.objects(), spec.max_objects);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyFrames, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace stream::decision
