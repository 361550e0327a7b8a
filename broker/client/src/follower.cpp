#include "stream/bus/follower.hpp"

#include <algorithm>
#include <utility>

namespace stream::bus {
namespace {

constexpr milliseconds kStopCheck{200};

}  // namespace

Follower::Follower(Bus& bus, std::string prefix, std::function<void(const Watch::Changes&)> on_changes)
    : thread_([this, &bus, prefix = std::move(prefix),
               on_changes = std::move(on_changes)](const std::stop_token& stop) {
        const auto watch = bus.watch(prefix);
        while (!stop.stop_requested()) {
          const auto changes = watch->next(kStopCheck);
          if (!changes) continue;
          on_changes(*changes);
          Revision seen = seen_;
          for (const Entry& entry : changes->entries) seen = std::max(seen, entry.revision);
          seen_ = seen;
          synced_ = true;
        }
      }) {}

Follower::~Follower() = default;

}  // namespace stream::bus
