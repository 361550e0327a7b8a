// The objects that are remembered, in the order in which they were last touched. At most `capacity`: over it
// the one not touched for longest goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "stream/schemas/messages.hpp"

namespace stream::decision {

// Confined to one thread. Everything but going through all takes constant time.
class ObjectMemory {
 public:
  using Objects = std::list<RememberedObject>;

  explicit ObjectMemory(std::size_t capacity) : capacity_(capacity) {}  // at least 1

  // The object with this key, new if there was none, moved to the end. Valid until it is removed.
  RememberedObject& touch(std::string_view key) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      objects_.splice(objects_.end(), objects_, found->second);
      return *found->second;
    }
    RememberedObject object;
    object.key = key;
    return add(std::move(object));
  }
  // One with a key that is not there yet, at the end.
  RememberedObject& add(RememberedObject object) {
    if (objects_.size() == capacity_) {
      remove_oldest();
      ++crowded_out_;
    }
    objects_.push_back(std::move(object));
    by_key_.emplace(objects_.back().key, std::prev(objects_.end()));
    return objects_.back();
  }
  bool contains(std::string_view key) const { return by_key_.contains(key); }
  // Null: not there.
  const RememberedObject* find(std::string_view key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &*found->second;
  }

  const RememberedObject& oldest() const { return objects_.front(); }
  void remove_oldest() {
    by_key_.erase(objects_.front().key);
    objects_.pop_front();
  }
  // All for which `is_over` holds. Goes through all.
  template <class IsOver>
  void remove_if(IsOver is_over) {
    for (auto it = objects_.begin(); it != objects_.end();) {
      if (!is_over(*it)) {
        ++it;
        continue;
      }
      by_key_.erase(it->key);
      it = objects_.erase(it);
    }
  }
  void clear() {
    by_key_.clear();
    objects_.clear();
  }

  bool empty() const { return objects_.empty(); }
  std::size_t size() const { return objects_.size(); }
  const Objects& objects() const { return objects_; }  // the one not touched for longest first
  // Objects that went only because there were more than `capacity`.
  std::uint64_t crowded_out() const { return crowded_out_; }

 private:
  std::size_t capacity_;
  Objects objects_;
  std::unordered_map<std::string_view, Objects::iterator> by_key_;  // keys live in objects_
  std::uint64_t crowded_out_ = 0;
};

}  // namespace stream::decision
