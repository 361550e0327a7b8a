// ownership::Placement for several threads.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stream/ownership/placement.hpp"

namespace stream::logic {

// Thread-safe.
class Members {
 public:
  using Time = ownership::Placement::Time;

  explicit Members(std::string self, const ownership::PlacementOptions& options)
      : placement_(std::move(self), options) {}

  void set(const std::vector<NodeRecord>& live, Time now) {
    const std::lock_guard lock(mutex_);
    placement_.set_members(live, now);
  }
  bool joined() const {
    const std::lock_guard lock(mutex_);
    return placement_.joined();
  }
  bool is_ours(std::string_view item) const {
    const std::lock_guard lock(mutex_);
    return placement_.is_ours(item);
  }
  bool is_live(std::string_view node, std::uint64_t boot) const {
    const std::lock_guard lock(mutex_);
    return placement_.is_live(node, boot);
  }
  bool may_move(Time now) {
    const std::lock_guard lock(mutex_);
    return placement_.may_move(now);
  }

 private:
  mutable std::mutex mutex_;  // guards placement_
  ownership::Placement placement_;
};

}  // namespace stream::logic
