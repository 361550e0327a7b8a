// Tells objects apart by where they are, for models that come without a tracker.
//
// An object is the one of an earlier frame whose last box overlaps its own the most. Overlap is intersection
// over union. Of all pairs of a known object and a box of the same class that overlap by at least `iou_min`
// the best is taken first, then the best of what is left, and so on; among equals the object with the smaller
// id, then the box that stands first. Boxes that remain are new objects, numbered from 1 in their order.
//
// An object that was not there for more than `gone_frames` frames is forgotten, unless somebody still has a
// claim for it. With a claim it gets a box only when everybody with a better one has got his: so one who
// stands, or walks by, where somebody else has vanished remains himself. Over `max_objects` the one not seen
// for longest is forgotten (among equals the smaller id).
//
// Boxes stay where they were last seen: there is no motion model. So it wants frames close enough together
// that a box overlaps itself from one to the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "stream/schemas/messages.hpp"

namespace stream::decision {

struct IouLimits {
  double iou_min = 0.3;           // more than 0, at most 1
  std::uint64_t gone_frames = 5;  // at least 1
  std::size_t max_objects = 10000;
  bool operator==(const IouLimits&) const = default;
};

struct ClassedBox {
  std::int32_t class_id = 0;
  std::optional<Box> box;  // one without a place, or of no size, gets no id
};

// Why an object is still known, best first.
enum class Claim {
  kSeen,   // it was there within gone_frames
  kStays,  // it may come back to a stay that has not ended
  kQuiet,  // its stay has ended, but another alarm of it is not wanted yet
  kNone,
};

// Intersection over union; 0 when one of them has no size.
double iou(const Box& a, const Box& b);

// Confined to one thread. A frame costs time in proportion to its boxes times the objects remembered.
class IouTracker {
 public:
  explicit IouTracker(const IouLimits& limits) : limits_(limits) {}

  // The ids of the boxes in frame number `frame`, which is larger than that of the call before; 0: none.
  // `claim_of` is asked for each object not seen within gone_frames, by its id.
  std::vector<std::uint64_t> next_frame(std::uint64_t frame, std::span<const ClassedBox> boxes,
                                        const std::function<Claim(std::uint64_t)>& claim_of);

  const IouState& state() const { return state_; }
  void restore(IouState state);

 private:
  std::vector<Claim> forget_unclaimed(std::uint64_t frame,
                                      const std::function<Claim(std::uint64_t)>& claim_of);
  void bound();

  IouLimits limits_;
  IouState state_;
};

}  // namespace stream::decision
