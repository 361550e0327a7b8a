#include "claims.hpp"

#include <algorithm>
#include <set>

#include "stream/common/random.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::reporter {
namespace {

using Outcome = bus::CasResult::Outcome;

constexpr std::uint32_t kMostListed = 10'000;  // what the bus lists at once
constexpr int kMostReads = 200;                // of alarms with their pictures, in one sweep

}  // namespace

bool Peers::is_live(const std::string& owner, std::uint64_t owner_boot) const {
  const auto nodes = live();
  return std::ranges::any_of(
      nodes, [&](const NodeRecord& node) { return node.node == owner && node.boot == owner_boot; });
}

Claim Claims::claim_of(std::string_view alarm_id) {
  Claim claim;
  claim.key = topics::delivery_key(alarm_id);
  claim.record.alarm_id = alarm_id;
  return claim;
}

Claims::Found Claims::look(Claim& claim, bool at_work_here) const {
  const auto entry = bus_.get(claim.key);
  if (!entry) return Found::kNoAnswer;
  const std::string alarm_id = claim.record.alarm_id;
  claim.record = {};
  claim.record.alarm_id = alarm_id;
  claim.revision = 0;
  if (!*entry) return at_work_here ? Found::kTaken : Found::kFree;
  claim.revision = (*entry)->revision;
  // What cannot be read was not written by a reporter-node, and holds nobody back.
  auto record = decode<DeliveryRecord>((*entry)->value);
  if (!record) return Found::kFree;
  claim.record = std::move(*record);
  if (claim.record.done) return Found::kDone;
  const bool taken = at_work_here || (!is_own(claim.record) && !claim.record.owner.empty() &&
                                      peers_.is_live(claim.record.owner, claim.record.owner_boot));
  return taken ? Found::kTaken : Found::kFree;
}

DeliveryRecord Claims::owned(DeliveryRecord record) const {
  record.owner = peers_.name;
  record.owner_boot = peers_.boot;
  record.nonce = random_u64();
  return record;
}

DeliveryRecord Claims::released(DeliveryRecord record) {
  record.owner.clear();
  record.owner_boot = 0;
  record.nonce = random_u64();
  return record;
}

Claims::Written Claims::write(Claim& claim, const DeliveryRecord& record) const {
  const auto result = bus_.cas(claim.key, claim.revision, encode(record));
  if (result.done()) {
    claim.revision = result.revision;
    claim.record = record;
    return Written::kYes;
  }
  if (result.outcome == Outcome::kFull) return Written::kFull;
  // Somebody else wrote, or we did, and its answer was lost.
  const auto entry = bus_.get(claim.key);
  if (!entry) return Written::kNoAnswer;
  if (*entry) {
    const auto present = decode<DeliveryRecord>((*entry)->value);
    if (present && *present == record) {
      claim.revision = (*entry)->revision;
      claim.record = record;
      return Written::kYes;
    }
  }
  const bus::Revision present = *entry ? (*entry)->revision : 0;
  return present == claim.revision ? Written::kNoAnswer : Written::kConflict;
}

void Claims::remove(Claim& claim) const {
  if (claim.revision == 0) return;
  static_cast<void>(bus_.cas(claim.key, claim.revision, std::nullopt));
  claim.revision = 0;
}

Result<std::size_t> Claims::sweep(
    std::string_view queue, const std::function<bool(const std::string& alarm_id)>& at_work_here) const {
  const auto entries = bus_.list(topics::kDeliveryKeys);
  if (!entries) return tl::unexpected(entries.error());
  const auto nodes = peers_.live();
  const bool first = !nodes.empty() && nodes.front().node == peers_.name;
  std::vector<std::pair<const bus::Entry*, std::string>> suspects;  // and the alarm's id
  for (const bus::Entry& entry : *entries) {
    const auto record = decode<DeliveryRecord>(entry.value);
    if (!record) continue;
    const bool ours = is_own(*record) ? !at_work_here(record->alarm_id)
                                      : first && (record->owner.empty() ||
                                                  !peers_.is_live(record->owner, record->owner_boot));
    if (ours) suspects.emplace_back(&entry, record->alarm_id);
  }
  if (suspects.empty()) return std::size_t{0};
  // After the records: an alarm that is not in the queue now, and had a record before, is settled.
  const auto items = bus_.list_queue(queue, std::nullopt, kMostListed);
  if (!items) return tl::unexpected(items.error());
  std::set<std::string_view> present;
  for (const auto& item : *items) present.insert(item.id);
  std::size_t removed = 0;
  int reads = 0;
  for (const auto& [entry, alarm_id] : suspects) {
    if (present.contains(alarm_id)) continue;
    if (items->size() >= kMostListed) {
      // The list was cut off, so the alarm itself has to be looked for.
      if (++reads > kMostReads) break;
      const auto message = bus_.read_message(queue, alarm_id);
      if (message || message.error().code != ErrorCode::kNotFound) continue;
    }
    if (bus_.cas(entry->key, entry->revision, std::nullopt).done()) ++removed;
  }
  return removed;
}

}  // namespace stream::reporter
