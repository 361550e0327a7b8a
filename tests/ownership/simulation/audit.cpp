#include "audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "stream/schemas/codec.hpp"

namespace stream::simulation {

void Audit::on_written(const std::string& key, const std::optional<std::string>& before,
                       const std::optional<std::string>& after) {
  if (!key.starts_with("st/") || !after) return;
  const OwnedState old_state = before ? *decode<OwnedState>(*before) : OwnedState();
  const OwnedState new_state = *decode<OwnedState>(*after);
  const bool same_owner = old_state.owner == new_state.owner && old_state.owner_boot == new_state.owner_boot;
  if (new_state.epoch == old_state.epoch) {
    // Committed, saved or let go, by the owner.
    if (!same_owner && !(new_state.owner.empty() && !old_state.owner.empty())) {
      complain(fmt::format("{}: {} writes in epoch {} of {}", key, new_state.owner, new_state.epoch,
                           old_state.owner));
    }
  } else if (new_state.epoch < old_state.epoch) {
    complain(fmt::format("{}: {} writes in epoch {}, but it is epoch {} of {}", key, new_state.owner,
                         new_state.epoch, old_state.epoch, old_state.owner));
  } else {
    figures_.count("take-overs");
    if (!old_state.owner.empty() && !same_owner) ++taken_away_;
  }
  for (const OutboxEntry& entry : new_state.outbox) {
    const auto [known, is_new] = committed_.emplace(entry.id, entry.payload);
    if (is_new) figures_.count("decisions committed");
    if (known->second != entry.payload) {
      complain(fmt::format("id {} stands for {} and for {}", entry.id, known->second, entry.payload));
    }
  }
}

void Audit::on_enqueued(const std::string& id, const std::string& payload, bool stored) {
  if (!stored) {
    figures_.count("enqueued again");
    if (payloads_[id] != payload) {
      complain(fmt::format("{} is lost: its id {} was that of {}", payload, id, payloads_[id]));
    }
    return;
  }
  figures_.count("decisions enqueued");
  payloads_.emplace(id, payload);
  const auto [known, is_new] = ids_of_enqueued_.emplace(payload, id);
  if (!is_new) complain(fmt::format("{} is enqueued as {} and as {}", payload, known->second, id));
}

std::string Audit::missing() const {
  for (const auto& [id, payload] : committed_) {
    if (!payloads_.contains(id)) return fmt::format("{} ({}) is committed but not enqueued", id, payload);
  }
  return {};
}

std::string Audit::uncommitted() const {
  for (const auto& [id, payload] : payloads_) {
    if (!committed_.contains(id)) return fmt::format("{} ({}) is enqueued but not committed", id, payload);
  }
  return {};
}

void Audit::complain(std::string what) {
  problems_.push_back(std::move(what));
}

}  // namespace stream::simulation
