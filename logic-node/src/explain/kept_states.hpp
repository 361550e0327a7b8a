// The last states that a task's algorithm has saved, for whoever wants to look back. They cost nothing but
// their memory: only what is encoded to be saved anyway is kept, and copied once in `apart`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace stream::logic {

// An encoded LogicState, shared with those who look back.
using KeptState = std::shared_ptr<const std::string>;

// Confined to one thread at a time.
class KeptStates {
 public:
  static constexpr std::size_t kMost = 4;
  static constexpr std::chrono::seconds kApart{10};
  static constexpr std::size_t kMostBytes = 64 * 1024;  // of one; larger ones are not kept

  // A state that was encoded; `received_us`: when its last frame arrived, 0: it has none. Kept when the last
  // one kept is kApart older, or the clock has gone back.
  void offer(const std::string& state, std::int64_t received_us);
  // Keeps it in any case, if it is not too large, and forgets all others: what went before has no part in it.
  void begin_with(const std::string& state, std::int64_t received_us);

  std::vector<KeptState> states() const { return {states_.begin(), states_.end()}; }  // oldest first
  // The last one was too large.
  bool too_large() const { return too_large_; }

 private:
  void keep(const std::string& state, std::int64_t received_us);

  std::deque<KeptState> states_;
  std::int64_t last_us_ = 0;  // of the last one of them
  bool too_large_ = false;
};

}  // namespace stream::logic
