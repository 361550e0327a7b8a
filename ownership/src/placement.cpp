#include "stream/ownership/placement.hpp"

#include <algorithm>
#include <utility>

#include "stream/ownership/rendezvous.hpp"

namespace stream::ownership {

Placement::Placement(std::string self, const PlacementOptions& options)
    : self_(std::move(self)), options_(options) {}

void Placement::set_members(const std::vector<NodeRecord>& live, Time now) {
  std::vector<Member> members;
  members.reserve(live.size());
  for (const NodeRecord& record : live) members.push_back({record.node, record.boot, record.weight});
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.node < b.node; });
  const bool are_we_there =
      std::any_of(members.begin(), members.end(), [this](const Member& m) { return m.node == self_; });
  if (!are_we_there || members == members_) return;
  members_ = std::move(members);
  changed_ = now;
}

bool Placement::is_ours(std::string_view item) const {
  std::vector<Candidate> candidates;
  candidates.reserve(members_.size());
  for (const Member& member : members_) candidates.push_back({member.node, member.weight});
  return owner_of(item, candidates) == self_;
}

bool Placement::is_live(std::string_view node, std::uint64_t boot) const {
  return std::any_of(members_.begin(), members_.end(),
                     [&](const Member& m) { return m.node == node && m.boot == boot; });
}

bool Placement::may_move(Time now) {
  if (now - changed_ < options_.stable_for) {
    moves_ = 0;
    counted_ = now;
    return false;
  }
  const std::chrono::duration<double> passed = now - counted_;
  moves_ =
      std::min(moves_ + passed.count() * options_.moves_per_second, std::max(options_.moves_per_second, 1.0));
  counted_ = now;
  if (moves_ < 1) return false;
  moves_ -= 1;
  return true;
}

}  // namespace stream::ownership
