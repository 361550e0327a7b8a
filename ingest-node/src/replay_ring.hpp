// The last encoded frames of one task and algorithm, by number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace stream::ingest {

// Bounds of what one ring holds. The newest message stays, however large it is.
struct ReplayLimits {
  std::size_t frames = 1;
  std::size_t bytes = 0;
};

// Messages are shared: whoever took some out of the ring keeps them while the ring moves on. Confined to one
// thread (or one mutex).
class ReplayRing {
 public:
  using Message = std::shared_ptr<const std::string>;

  explicit ReplayRing(ReplayLimits limits) : limits_(limits) {}

  // The number that the next message gets; the first is 1.
  std::uint64_t next_number() const { return next_; }
  // The oldest number that is still here; next_number() when the ring is empty.
  std::uint64_t oldest_number() const { return next_ - kept_.size(); }

  // Keeps `message` as next_number() and lets go of the oldest ones that are over the limits.
  void add(std::string message);
  // REQUIRES: oldest_number() <= number < next_number().
  const Message& at(std::uint64_t number) const;

  // Those with a larger number, oldest first: as many as fit in `most`, but one if there is any. In a time
  // that depends on how many these are, not on the size of the ring.
  std::vector<Message> after(std::uint64_t number, ReplayLimits most) const;

 private:
  const ReplayLimits limits_;
  std::deque<Message> kept_;  // in order of number, without holes
  std::uint64_t next_ = 1;
  std::size_t bytes_ = 0;  // of kept_
};

}  // namespace stream::ingest
