// Which node should work on what, and when something that runs may move. Pure: members and time are passed
// in.
//
// Work whose owner is gone moves at once, to the node with the highest rendezvous score among the living.
// Work whose owner lives moves only after the members have been the same for a while, and not all at once, so
// that nodes that come and go do not shake the others.
//
// What a driver does for each piece of work it knows, every 50 ms or so:
//   its task is gone          erase() where it is owned and where it should be
//   is_ours()                 acquire(); its first state comes when a get of the task's record found it
//   owner(), is not ours      release() when may_move(); asked once until the release is done
//   neither                   release()
// Whose task is gone while nobody looks leaves its key behind: so a driver lists the keys when it starts and
// now and then, and erases what is_ours() and has no task record. The record is looked for after the key was
// seen, so that no new task is taken for one that is gone. A state says which life of its task it is of (the
// record's created_us), so that erase() spares a task that was made anew under the same id, and so that what
// is found of a former life begins again, with the ids going on.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stream/schemas/messages.hpp"

namespace stream::ownership {

struct PlacementOptions {
  std::chrono::milliseconds stable_for{5000};
  double moves_per_second = 50;
};

// Confined to one thread at a time.
class Placement {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `self`: the name of our node.
  explicit Placement(std::string self, const PlacementOptions& options = {});

  // The live nodes of our role. A list without ourselves changes nothing: it says that we cannot see well, as
  // when the broker has just started again, not that our work is somebody else's.
  void set_members(const std::vector<NodeRecord>& live, Time now);

  // We have seen ourselves among the members at least once.
  bool joined() const { return !members_.empty(); }
  // We should own it. False before joined().
  bool is_ours(std::string_view item) const;
  // The process of that name and boot is a live member.
  bool is_live(std::string_view node, std::uint64_t boot) const;

  // We own something that should be another's: may it be released now? Each true uses up a move; at most a
  // second's worth of them (but one) can be saved up.
  bool may_move(Time now);

 private:
  struct Member {
    std::string node;
    std::uint64_t boot = 0;
    double weight = 1;
    bool operator==(const Member&) const = default;
  };

  const std::string self_;
  const PlacementOptions options_;
  std::vector<Member> members_;
  Time changed_{};  // the members
  double moves_ = 0;
  Time counted_{};  // moves_
};

}  // namespace stream::ownership
