// The KV in memory, with what watches need: which key changed at which revision, deletions included.
//
// Both engines answer from it; the broker writes durable keys to its database before it puts them here.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/bus/bus.hpp"

namespace stream::bus {

// Confined to one thread (or guarded by its owner).
class KvTable {
 public:
  // Revisions start after `start`; a watch that asks for an earlier one is reset. At most `max_tombstones`
  // deletions are remembered; watches that are further behind than the oldest of them are reset.
  explicit KvTable(Revision start = 0, std::size_t max_tombstones = 10'000);

  // The highest revision given so far.
  Revision revision() const { return revision_; }
  // Of the key, 0 when it does not exist.
  Revision revision_of(std::string_view key) const;
  std::optional<Entry> get(std::string_view key) const;
  // In order of key.
  std::vector<Entry> list(std::string_view prefix) const;
  std::size_t size() const { return items_.size() - tombstones_; }
  // Bytes of a key and its value, 0 when it does not exist.
  std::size_t bytes_of(std::string_view key) const;
  // Bytes of all keys and values.
  std::size_t bytes() const { return bytes_; }

  // Puts a key that was stored in an earlier life, with its revision of then. REQUIRES: no such key yet.
  void restore(std::string_view key, std::string_view value, Revision revision);
  // Writes at revision() + 1; an empty optional deletes. Returns the new revision.
  Revision write(std::string_view key, std::optional<std::string_view> value);

  // There is something under `prefix` for a watch that has seen everything up to `after`.
  bool changed(std::string_view prefix, Revision after) const;
  // What changed; a reset with the whole present state when that cannot be told any more (or `after` is 0).
  Watch::Changes changes(std::string_view prefix, Revision after) const;

 private:
  struct Item {
    std::string value;
    Revision revision = 0;
    bool deleted = false;
  };
  using Items = std::map<std::string, Item, std::less<>>;

  bool forgotten(Revision after) const { return after == 0 || after < floor_ || after > revision_; }
  void forget_old_tombstones();

  const std::size_t max_tombstones_;
  Revision revision_;
  Revision floor_;                                   // changes up to here can no longer be told one by one
  Items items_;                                      // tombstones included
  std::map<Revision, Items::iterator> by_revision_;  // the latest change of each key
  std::size_t tombstones_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace stream::bus
