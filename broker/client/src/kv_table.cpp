#include "kv_table.hpp"

#include "stream/common/assert.hpp"

namespace stream::bus {
namespace {

Entry entry_of(const std::string& key, const std::string& value, Revision revision, bool deleted) {
  return {.key = key, .value = value, .revision = revision, .deleted = deleted};
}

}  // namespace

KvTable::KvTable(Revision start, std::size_t max_tombstones)
    : max_tombstones_(max_tombstones), revision_(start), floor_(start) {}

Revision KvTable::revision_of(std::string_view key) const {
  const auto it = items_.find(key);
  return it == items_.end() || it->second.deleted ? 0 : it->second.revision;
}

std::size_t KvTable::bytes_of(std::string_view key) const {
  const auto it = items_.find(key);
  return it == items_.end() || it->second.deleted ? 0 : key.size() + it->second.value.size();
}

std::optional<Entry> KvTable::get(std::string_view key) const {
  const auto it = items_.find(key);
  if (it == items_.end() || it->second.deleted) return std::nullopt;
  return entry_of(it->first, it->second.value, it->second.revision, false);
}

std::vector<Entry> KvTable::list(std::string_view prefix) const {
  std::vector<Entry> entries;
  for (auto it = items_.lower_bound(prefix); it != items_.end() && it->first.starts_with(prefix); ++it) {
    const auto& [key, item] = *it;
    if (!item.deleted) entries.push_back(entry_of(key, item.value, item.revision, false));
  }
  return entries;
}

void KvTable::restore(std::string_view key, std::string_view value, Revision revision) {
  STREAM_ASSERT(revision <= revision_, "key {} has revision {} beyond the store's {}", key, revision,
                revision_);
  const auto [it, inserted] = items_.emplace(key, Item{std::string(value), revision, false});
  STREAM_ASSERT(inserted, "key {} restored twice", key);
  by_revision_.emplace(revision, it);
  bytes_ += key.size() + value.size();
}

Revision KvTable::write(std::string_view key, std::optional<std::string_view> value) {
  auto it = items_.find(key);
  if (it == items_.end()) {
    it = items_.emplace(std::string(key), Item{}).first;
  } else {
    by_revision_.erase(it->second.revision);
    if (it->second.deleted) {
      --tombstones_;
    } else {
      bytes_ -= key.size() + it->second.value.size();
    }
  }
  it->second = Item{std::string(value.value_or("")), ++revision_, !value};
  by_revision_.emplace(revision_, it);
  if (value) {
    bytes_ += key.size() + value->size();
  } else {
    ++tombstones_;
    forget_old_tombstones();
  }
  return revision_;
}

bool KvTable::changed(std::string_view prefix, Revision after) const {
  if (forgotten(after)) return true;
  for (auto it = by_revision_.upper_bound(after); it != by_revision_.end(); ++it) {
    if (it->second->first.starts_with(prefix)) return true;
  }
  return false;
}

Watch::Changes KvTable::changes(std::string_view prefix, Revision after) const {
  Watch::Changes changes;
  changes.reset = forgotten(after);
  auto it = changes.reset ? by_revision_.begin() : by_revision_.upper_bound(after);
  for (; it != by_revision_.end(); ++it) {
    const auto& [key, item] = *it->second;
    if (!key.starts_with(prefix) || (changes.reset && item.deleted)) continue;
    changes.entries.push_back(entry_of(key, item.value, item.revision, item.deleted));
  }
  return changes;
}

void KvTable::forget_old_tombstones() {
  if (tombstones_ <= max_tombstones_) return;
  // The walk to the oldest tombstone is long when many keys are older, so a tenth goes at a time.
  const std::size_t keep = max_tombstones_ - max_tombstones_ / 10;
  for (auto it = by_revision_.begin(); it != by_revision_.end() && tombstones_ > keep;) {
    if (it->second->second.deleted) {
      floor_ = it->first;
      items_.erase(it->second);
      it = by_revision_.erase(it);
      --tombstones_;
    } else {
      ++it;
    }
  }
}

}  // namespace stream::bus
