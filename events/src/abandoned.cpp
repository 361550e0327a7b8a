#include "stream/events/abandoned.hpp"

#include <utility>

#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::events {

using std::chrono::milliseconds;

std::vector<std::string> Absences::take(const std::set<std::string>& kept, const std::set<std::string>& there,
                                        milliseconds passed) {
  std::erase_if(away_, [&](const auto& entry) { return !kept.contains(entry.first); });
  std::vector<std::string> too_long;
  for (const std::string& key : kept) {
    milliseconds& away = away_[key];
    away = there.contains(key) ? milliseconds(0) : away + passed;
    if (away >= most_) too_long.push_back(key);
  }
  return too_long;
}

AbandonedWatch::AbandonedWatch(bus::Bus& bus, SystemEvents& events, Live live,
                               const AbandonedOptions& options)
    : bus_(bus),
      events_(events),
      live_(std::move(live)),
      absences_(options.after),
      periodic_(options.every, [this](Periodic::Clock::duration passed) {
        look(std::chrono::duration_cast<milliseconds>(passed));
      }) {}

// While nobody is there we are away, or the broker has just been started: that is nobody's absence.
void AbandonedWatch::look(milliseconds passed) {
  std::set<std::string> there;
  for (const char* role : {"api", "reporter"}) {
    for (const NodeRecord& node : live_(role)) there.insert(topics::begun_key(role, node.node));
  }
  if (there.empty()) return;
  const auto entries = bus_.list(topics::kBegunKeys);
  if (!entries) return;
  std::map<std::string, const bus::Entry*> by_key;
  std::set<std::string> kept;
  for (const bus::Entry& entry : *entries) {
    if (entry.key == topics::kBrokerBegunKey) continue;  // its own, always
    by_key[entry.key] = &entry;
    kept.insert(entry.key);
  }
  std::map<std::string, bus::Revision> ended;
  for (const std::string& key : absences_.take(kept, there, passed)) {
    const bus::Entry& entry = *by_key.at(key);
    const auto before = ended_.find(key);
    if (before != ended_.end() && before->second == entry.revision) {
      static_cast<void>(bus_.cas(key, entry.revision, std::nullopt));
    } else if (const auto begun = decode<BegunEvents>(entry.value)) {
      events_.inherit(begun->events);
    }
    ended[key] = entry.revision;
  }
  ended_ = std::move(ended);
}

}  // namespace stream::events
