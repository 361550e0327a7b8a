// What the ends of a task's stream process have been, written down beside its configuration, so that neither
// a crash loop nor the growing delays begin anew with every api-node.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "stream/common/result.hpp"
#include "stream_machine.hpp"
#include "stream_state.hpp"

namespace stream::api {

struct KnownTrouble {
  StreamMachine::Trouble trouble;
  // Of it: state, reason, text, over, since_us, restarts, the last exit and the last frame.
  StreamStatus status;
};

// One moment, on both clocks: the file has the time of day in it, which alone outlives a process.
struct Moment {
  StreamMachine::TimePoint steady;
  std::int64_t unix_us = 0;
};

// <folder>/trouble.json, replaced as a whole. `life`: of the task. kUnavailable with the system's reason.
Status write_trouble(const std::filesystem::path& folder, std::int64_t life, const KnownTrouble& known,
                     const Moment& now);
// Empty when there is none of this life. A time of day that was set back meanwhile counts as no time.
// kInvalid, with what is wrong, when it cannot be read.
Result<std::optional<KnownTrouble>> read_trouble(const std::filesystem::path& folder, std::int64_t life,
                                                 const Moment& now);
// That there is none is fine.
void remove_trouble(const std::filesystem::path& folder);

}  // namespace stream::api
