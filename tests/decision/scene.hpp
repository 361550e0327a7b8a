// Short ways to write down frames and what a RuleChain says of them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rule_chain.hpp"

namespace stream::decision {

// An object of 20x40 px whose lower edge has its middle at (x, y).
inline ObjectView standing(std::string_view key, int x, int y, float score = 0.9F,
                           std::int32_t class_id = 0) {
  return {key, Box{x - 10, y - 40, 20, 40}, class_id, score};
}

inline RuleChain chain_of(RuleSpec spec) {
  return RuleChain::make(std::move(spec)).value();
}

// Frames with ids from 0, 100 ms apart, from a Friday, 2024-03-29 00:00:00 UTC on.
class Scene {
 public:
  static constexpr std::int64_t kBegin = 1'711'670'400'000'000;
  static constexpr std::int64_t kStep_us = 100'000;

  explicit Scene(RuleSpec spec) : chain(chain_of(std::move(spec))) {}

  // The keys of the objects that alarm in the next frame.
  std::vector<std::string> frame(std::vector<ObjectView> objects) {
    const auto at = kBegin + next_id * kStep_us;
    verdicts.clear();
    alarms = chain.next_frame({next_id++, at, at, {1000, 500}, objects}, &verdicts);
    std::vector<std::string> keys;
    for (const auto& alarm : alarms) keys.push_back(alarm.key);
    return keys;
  }
  void pass(std::int64_t frames) { next_id += frames; }  // that never come
  std::string why() const { return verdicts.at(0).text; }

  RuleChain chain;
  std::int64_t next_id = 0;
  std::vector<ObjectAlarm> alarms;  // of the last frame
  std::vector<Verdict> verdicts;
};

}  // namespace stream::decision
