// Who is at work on an alarm, agreed upon in the KV: rep/<alarm>, a DeliveryRecord.
//
// The queue hands an alarm to one reporter-node at a time, but a node that was frozen or cut off for longer
// than its lease does not know that another has it by now. So each POST is preceded by one compare-and-set of
// the record, which fails for whoever has not seen the latest. The record also holds what has to survive a
// hand-out. An alarm that is delivered at the first attempt costs two writes here: the claim and its removal.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::reporter {

// This reporter-node and the others, as ownership::Membership sees them.
struct Peers {
  std::string name;
  std::uint64_t boot = 0;
  std::function<std::vector<NodeRecord>()> live;  // sorted by name; thread-safe

  bool is_live(const std::string& owner, std::uint64_t owner_boot) const;
};

// What is known of an alarm's record. Belongs to one alarm in the hands of one thread.
struct Claim {
  std::string key;
  DeliveryRecord record;       // as it stands, or as it would begin
  bus::Revision revision = 0;  // 0: there is no record
};

// Thread-safe.
class Claims {
 public:
  enum class Found {
    kFree,      // whoever has the alarm may go on with it
    kTaken,     // another live node is at work on it, or this one
    kDone,      // delivered, only to be acknowledged
    kNoAnswer,  // the broker cannot be reached
  };
  enum class Written {
    kYes,
    kConflict,  // somebody else wrote; nothing changed
    kFull,      // the broker has no room; nothing changed
    kNoAnswer,  // the broker cannot be reached: repeat with the same record
  };

  Claims(bus::Bus& bus, Peers peers) : bus_(bus), peers_(std::move(peers)) {}

  static Claim claim_of(std::string_view alarm_id);
  // Reads the record. `at_work_here`: whether this process is at work on the alarm, its own claims being
  // stale otherwise.
  Found look(Claim& claim, bool at_work_here) const;
  // `record` in the name of this node, with a fresh nonce. To be given to write().
  DeliveryRecord owned(DeliveryRecord record) const;
  // `record` in nobody's name.
  static DeliveryRecord released(DeliveryRecord record);
  // Replaces the record; when it says kNoAnswer the write may have happened, and another call with the same
  // record finds out.
  Written write(Claim& claim, const DeliveryRecord& record) const;
  // Removes it, if it can be done just now; sweep() does what could not.
  void remove(Claim& claim) const;

  // Removes records whose alarm is no longer in the queue: their owner was killed, or cut off, between
  // acknowledging and removing. Each node looks after its own (`at_work_here` says which it still needs), the
  // first by name after those of nobody and of the dead. Reads at most a few hundred alarms. Returns how many
  // were removed; kUnavailable when the broker did not answer.
  Result<std::size_t> sweep(std::string_view queue,
                            const std::function<bool(const std::string& alarm_id)>& at_work_here) const;

 private:
  bool is_own(const DeliveryRecord& record) const {
    return record.owner == peers_.name && record.owner_boot == peers_.boot;
  }

  bus::Bus& bus_;
  const Peers peers_;
};

}  // namespace stream::reporter
