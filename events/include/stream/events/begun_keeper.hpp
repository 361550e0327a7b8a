// Keeps what a node has told to have begun where its next process finds it: one key of the KV.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::events {

// Confined to one thread. Nobody else writes the key, but whoever ends what a node that stays away has begun;
// so the last one wins.
class BegunKeeper {
 public:
  enum class Kept {
    kDone,
    kNoRoom,    // the disk is full: a restart now would find what was kept before
    kNoAnswer,  // the same, and the broker is away
  };

  // `bus` and `metrics` must outlive it. `key` empty: nothing is kept.
  BegunKeeper(bus::Bus& bus, std::string key, Metrics& metrics);

  // What is kept. What cannot be read is logged, and gone with the next keep(). An error: the broker does not
  // answer.
  Result<std::vector<BegunEvent>> recall();
  // Writes when `begun` is not what is kept. What is too much (half a MiB) is left out and counted.
  Kept keep(std::vector<BegunEvent> begun);

 private:
  bus::Bus& bus_;
  const std::string key_;
  const Gauge left_out_;
  std::optional<std::vector<BegunEvent>> kept_;  // empty: not known
  bus::Revision revision_ = 0;
};

}  // namespace stream::events
