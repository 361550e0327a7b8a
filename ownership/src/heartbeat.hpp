// Being a member: what to write of ourselves, whether it came back, and who else is there. Membership drives
// it with threads and the bus, the simulation without. No clock, no bus, no thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "peer_table.hpp"
#include "stream/bus/bus.hpp"
#include "stream/ownership/membership.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::ownership {

// Confined to one thread at a time.
class Heartbeat {
 public:
  using Duration = PeerTable::Duration;
  struct Write {
    bus::Revision expected = 0;
    std::string value;
  };

  // `self` is complete but for the counter.
  Heartbeat(NodeRecord self, const MembershipOptions& options);

  // Our record, to be written under key().
  Write next_write();
  // Takes the answer; what it gives is to be written at once.
  std::optional<Write> written(const bus::CasResult& result);
  // What the bus says of the node records.
  void take(const bus::Watch::Changes& changes);
  // So much time has passed since the last call.
  void age(Duration passed);

  const std::string& key() const { return key_; }
  // Of our record, as we last wrote it; 0: never.
  bus::Revision revision() const { return revision_; }
  NodeRecord& self() { return self_; }
  const NodeRecord& self() const { return self_; }
  bool joined() const { return joined_; }
  // By key. Ourselves included, once our record came back.
  std::map<std::string, NodeRecord> live() const { return peers_.live(); }
  std::vector<Member> all() const { return peers_.all(); }

 private:
  const MembershipOptions options_;
  const std::string key_;
  NodeRecord self_;
  bus::Revision revision_ = 0;
  bool echo_ = false;  // a write of ours came back since the last look
  bool joined_ = false;
  PeerTable peers_;
};

}  // namespace stream::ownership
