#include "heartbeat.hpp"

#include <algorithm>
#include <utility>

#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ownership {

Heartbeat::Heartbeat(NodeRecord self, const MembershipOptions& options)
    : options_(options),
      key_(topics::node_key(self.role, self.node)),
      self_(std::move(self)),
      peers_(key_, options.dead_after) {}

Heartbeat::Write Heartbeat::next_write() {
  ++self_.counter;
  return {revision_, encode(self_)};
}

std::optional<Heartbeat::Write> Heartbeat::written(const bus::CasResult& result) {
  if (result.done()) revision_ = result.revision;
  if (result.outcome != bus::CasResult::Outcome::kConflict) return std::nullopt;
  // The key is ours alone: whatever stands there is older, so a conflict just teaches us the revision.
  return Write{result.revision, encode(self_)};
}

void Heartbeat::take(const bus::Watch::Changes& changes) {
  peers_.take(changes);
  if (std::any_of(changes.entries.begin(), changes.entries.end(),
                  [this](const bus::Entry& entry) { return entry.key == key_ && !entry.deleted; })) {
    echo_ = true;
    joined_ = true;
  }
}

void Heartbeat::age(Duration passed) {
  if (!std::exchange(echo_, false)) return;  // the bus may be away: nobody grows older
  // However long it took, being frozen (SIGSTOP) or waiting for the broker: one write of ours that came back
  // says no more than that one of theirs could have.
  peers_.age(std::min<Duration>(passed, options_.write_every));
}

}  // namespace stream::ownership
