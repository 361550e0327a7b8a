#include "broker.hpp"

#include <algorithm>

namespace stream::simulation {
namespace {

bool is_volatile(const std::string& key) {
  return key.starts_with("nd/");
}

}  // namespace

Reply Broker::execute(const Request& request) {
  if (const auto* get = std::get_if<Get>(&request)) {
    const auto found = entries_.find(get->key);
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }
  if (const auto* list = std::get_if<List>(&request)) {
    std::vector<bus::Entry> listed;
    for (auto it = entries_.lower_bound(list->prefix);
         it != entries_.end() && it->first.starts_with(list->prefix); ++it) {
      listed.push_back(it->second);
    }
    return listed;
  }
  if (const auto* write = std::get_if<Cas>(&request)) return cas(*write);
  const auto& message = std::get<Enqueue>(request);
  const bool is_known = queue_.contains(message.id);
  if (!is_known && full_) return bus::EnqueueResult::kFull;
  listener_.on_enqueued(message.id, message.payload, !is_known);
  if (is_known) return bus::EnqueueResult::kDuplicate;
  queue_.emplace(message.id, message.payload);
  return bus::EnqueueResult::kStored;
}

bus::CasResult Broker::cas(const Cas& cas) {
  using Outcome = bus::CasResult::Outcome;
  const auto found = entries_.find(cas.key);
  const bus::Revision present = found == entries_.end() ? 0 : found->second.revision;
  if (present != cas.expected && !cas.forced) return {Outcome::kConflict, present};
  if (full_ && cas.value && !is_volatile(cas.key)) return {Outcome::kFull, 0};
  std::optional<std::string> before;
  if (present != 0) before = std::move(found->second.value);
  ++revision_;
  if (cas.value) {
    entries_[cas.key] = {cas.key, *cas.value, revision_, false};
    deleted_.erase(cas.key);
  } else if (present != 0) {
    entries_.erase(found);
    deleted_[cas.key] = revision_;
  }
  listener_.on_written(cas.key, before, cas.value);
  return {Outcome::kDone, revision_};
}

void Broker::restart() {
  std::erase_if(entries_, [](const auto& entry) { return is_volatile(entry.first); });
  deleted_.clear();
  ++process_;
}

std::optional<bus::Watch::Changes> Broker::changes(const std::string& prefix, Cursor& cursor) const {
  bus::Watch::Changes changes;
  changes.reset = cursor.process != process_;
  const bus::Revision after = changes.reset ? 0 : cursor.revision;
  cursor = {process_, revision_};
  for (auto it = entries_.lower_bound(prefix); it != entries_.end() && it->first.starts_with(prefix); ++it) {
    if (it->second.revision > after) changes.entries.push_back(it->second);
  }
  for (auto it = deleted_.lower_bound(prefix); it != deleted_.end() && it->first.starts_with(prefix); ++it) {
    if (it->second > after && !changes.reset) changes.entries.push_back({it->first, "", it->second, true});
  }
  if (changes.entries.empty() && !changes.reset) return std::nullopt;
  std::sort(changes.entries.begin(), changes.entries.end(),
            [](const auto& a, const auto& b) { return a.revision < b.revision; });
  return changes;
}

}  // namespace stream::simulation
