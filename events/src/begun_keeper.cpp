#include "stream/events/begun_keeper.hpp"

#include <algorithm>
#include <utility>

#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::events {
namespace {

// Some thousand of them; all are written when one comes or goes.
constexpr std::size_t kMostBytes = 512U << 10U;

std::size_t bytes_of(const BegunEvent& begun) {
  const SystemEvent& event = begun.event;
  constexpr std::size_t kNamesAndNumbers = 160;
  return kNamesAndNumbers + event.id.size() + event.subject.size() + event.text.size() + event.node.size() +
         begun.subject.size();
}

}  // namespace

BegunKeeper::BegunKeeper(bus::Bus& bus, std::string key, Metrics& metrics)
    : bus_(bus),
      key_(std::move(key)),
      left_out_(metrics.gauge("stream_events_not_kept",
                              "System events that have begun and would be forgotten at a restart")) {}

Result<std::vector<BegunEvent>> BegunKeeper::recall() {
  if (key_.empty()) return std::vector<BegunEvent>();
  const auto entry = bus_.get(key_);
  if (!entry) return tl::unexpected(entry.error());
  revision_ = *entry ? (*entry)->revision : 0;
  kept_.reset();
  auto read = *entry ? decode<BegunEvents>((*entry)->value) : BegunEvents();
  if (!read) {
    log::warn("begun_events_unreadable", {{"key", key_}, {"why", read.error().message}});
    return std::vector<BegunEvent>();
  }
  kept_ = read->events;
  return std::move(read->events);
}

BegunKeeper::Kept BegunKeeper::keep(std::vector<BegunEvent> begun) {
  if (key_.empty()) return Kept::kDone;
  std::size_t bytes = 0;
  const auto end = std::find_if(begun.begin(), begun.end(),
                                [&](const auto& one) { return (bytes += bytes_of(one)) > kMostBytes; });
  left_out_.set(static_cast<double>(begun.end() - end));
  begun.erase(end, begun.end());
  if (kept_ == begun) return Kept::kDone;

  const auto value = begun.empty() ? std::nullopt : std::optional(encode(BegunEvents{begun}));
  auto written = bus_.cas(key_, revision_, value);
  using Outcome = bus::CasResult::Outcome;
  // As after an answer of ours that was lost.
  if (written.outcome == Outcome::kConflict) written = bus_.cas(key_, written.revision, value);
  if (written.outcome == Outcome::kFull) return Kept::kNoRoom;
  if (!written.done()) return Kept::kNoAnswer;
  revision_ = value ? written.revision : 0;
  kept_ = std::move(begun);
  return Kept::kDone;
}

}  // namespace stream::events
