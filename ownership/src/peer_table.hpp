// What is known of the nodes: values in, who is alive out. No clock, no bus, no thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/ownership/membership.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::ownership {

// Confined to one thread at a time.
class PeerTable {
 public:
  using Duration = std::chrono::steady_clock::duration;

  // `own_key` is ours: we do not grow old.
  PeerTable(std::string own_key, Duration dead_after)
      : own_key_(std::move(own_key)), dead_after_(dead_after) {}

  // Takes in what the bus says of the node records. After a reset those it does not list are not dead, they
  // grow old like silent ones: a restarted broker knows nobody until they have written again.
  void take(const bus::Watch::Changes& changes);
  // Time in which our own writes came back. Peers heard in it do not grow older.
  void age(Duration passed);

  // By key. Ourselves included, once our record came back.
  std::map<std::string, NodeRecord> live() const;
  // Those that are not live included, in no certain order.
  std::vector<Member> all() const;

 private:
  struct Peer {
    NodeRecord record;
    bool listed = true;  // the bus has its record
    Duration silence{};  // since its counter moved, at least
    bool heard = true;   // since time was last told
  };

  const std::string own_key_;
  const Duration dead_after_;
  std::map<std::string, Peer> peers_;
};

}  // namespace stream::ownership
