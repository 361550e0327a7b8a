#include "node_roll.hpp"

#include <fmt/format.h>

#include <set>

#include "stream/common/encode.hpp"

namespace stream::api {
namespace {

using Change = NodeRoll::Change;

constexpr std::chrono::hours kForgottenAfter{24};

std::string name_of(const NodeRecord& record) {
  return record.role + "/" + record.node;
}

std::string id_of(const NodeRecord& record) {
  return fmt::format("node:{}:{}:{:016x}", encode_name(record.role), encode_name(record.node), record.boot);
}

// The counter, because a process that was frozen may be lost twice.
Change lost(const NodeRecord& record, std::string text) {
  return {Change::Kind::kLost, name_of(record), std::move(text),
          fmt::format("{}:{}:lost", id_of(record), record.counter)};
}

Change came_back(const NodeRecord& record, std::string text) {
  return {Change::Kind::kCameBack, name_of(record), std::move(text), {}};
}

}  // namespace

std::vector<Change> NodeRoll::take(const std::vector<NodeRecord>& live, TimePoint now) {
  std::vector<Change> changes;
  std::set<std::string> present;
  for (const NodeRecord& record : live) {
    const auto name = name_of(record);
    present.insert(name);
    const auto [at, is_new] = known_.try_emplace(name, Known{record});
    Known& known = at->second;
    if (is_new) {
      changes.push_back({Change::Kind::kCame, name, "a new node", id_of(record) + ":joined"});
    } else if (!known.live) {
      const bool same = known.record.boot == record.boot;
      changes.push_back(came_back(record, same ? "it is heard again" : "it was started again"));
    } else if (known.record.boot != record.boot) {
      changes.push_back(lost(known.record, "its process is gone, another has taken its place"));
      changes.push_back(came_back(record, "it was started again"));
    }
    known.record = record;
    known.live = true;
  }
  for (auto& [name, known] : known_) {
    if (!known.live || present.contains(name)) continue;
    known.live = false;
    known.lost_at = now;
    changes.push_back(lost(known.record, "it was stopped, or is not heard any more"));
  }
  std::erase_if(known_, [&](const auto& entry) {
    return !entry.second.live && now - entry.second.lost_at >= kForgottenAfter;
  });
  return changes;
}

}  // namespace stream::api
