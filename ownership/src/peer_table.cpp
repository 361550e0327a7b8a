#include "peer_table.hpp"

#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::ownership {

void PeerTable::take(const bus::Watch::Changes& changes) {
  if (changes.reset) {
    for (auto& [key, peer] : peers_) peer.listed = false;
  }
  for (const bus::Entry& entry : changes.entries) {
    if (entry.deleted) {  // it said goodbye
      peers_.erase(entry.key);
      continue;
    }
    auto record = decode<NodeRecord>(entry.value);
    if (!record) {
      log::warn("bad_node_record", {{"key", entry.key}, {"reason", record.error().message}});
      continue;
    }
    Peer& peer = peers_[entry.key];
    if (peer.record.counter != record->counter || peer.record.boot != record->boot) {
      peer.silence = {};
      peer.heard = true;
    }
    peer.record = std::move(*record);
    peer.listed = true;
  }
}

void PeerTable::age(Duration passed) {
  for (auto& [key, peer] : peers_) {
    // Of the time in which it was heard nobody knows how much it was silent: it is not held against it.
    if (!std::exchange(peer.heard, false) && key != own_key_) peer.silence += passed;
  }
  std::erase_if(
      peers_, [this](const auto& peer) { return !peer.second.listed && peer.second.silence >= dead_after_; });
}

std::map<std::string, NodeRecord> PeerTable::live() const {
  std::map<std::string, NodeRecord> out;
  for (const auto& [key, peer] : peers_) {
    if (peer.silence < dead_after_) out.emplace(key, peer.record);
  }
  return out;
}

std::vector<Member> PeerTable::all() const {
  std::vector<Member> out;
  out.reserve(peers_.size());
  for (const auto& [key, peer] : peers_) {
    out.push_back({peer.record, peer.silence < dead_after_,
                   std::chrono::duration_cast<std::chrono::milliseconds>(peer.silence)});
  }
  return out;
}

}  // namespace stream::ownership
