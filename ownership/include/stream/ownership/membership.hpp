// Who is there: each node writes its record with a growing counter, and watches the others'.
//
// No wall clock: a peer is dead when its counter stood still for `dead_after` of our own steady clock,
// counted only while we see our own writes come back, one interval for each at most (so that a broker outage
// or a nap of ours kills nobody).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::ownership {

struct MembershipOptions {
  std::chrono::milliseconds write_every{300};
  // At least; up to one `write_every` more, since the time in which a peer was heard does not count.
  std::chrono::milliseconds dead_after{1500};
};

// A node whose record is known.
struct Member {
  NodeRecord record;
  bool live = false;
  std::chrono::milliseconds silence{};  // since its counter moved, as far as it counts (see above); ours: 0
};

// Starts in the constructor, ends in the destructor, which removes our record so that peers need not wait.
// Thread-safe.
class Membership {
 public:
  // `self`: role, node, addresses; boot, counter and version are filled in here. `on_change`, which may be
  // empty, runs on a thread of the membership whenever the set of live processes (of any role) or one of
  // their addresses changed.
  Membership(bus::Bus& bus, NodeRecord self, std::function<void()> on_change, MembershipOptions options = {});
  ~Membership();
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

  // The live nodes of a role, ourselves included when we have that role and our record has come back; sorted
  // by name.
  std::vector<NodeRecord> live(const std::string& role) const;
  // All of them, of every role, those that are dead but did not say goodbye included; sorted by role and
  // name.
  std::vector<Member> all() const;
  // Changes a part of our record and writes it soon (within about 20 ms).
  void update(const std::function<void(NodeRecord&)>& change);
  // Of this process, as in our record.
  std::uint64_t boot() const;
  // Our own record has been seen to come back: we are a member.
  bool joined() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stream::ownership
