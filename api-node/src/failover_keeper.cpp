#include "failover_keeper.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "stream/common/clock.hpp"
#include "stream/common/log.hpp"

namespace stream::api {
namespace {

constexpr std::chrono::milliseconds kLookEvery{200};
constexpr std::size_t kMostMoves = 50;  // of one look

std::string describe(const Move& move) {
  if (move.from.empty()) return fmt::format("by api-node {}; it was no node's", move.to);
  return fmt::format("by api-node {} from {}, which does not answer", move.to, move.from);
}

}  // namespace

FailoverKeeper::FailoverKeeper(bus::Bus& bus, const ownership::Membership& membership, TaskService& service,
                               std::string self, std::chrono::milliseconds grace, Tell tell)
    : bus_(bus),
      membership_(membership),
      service_(service),
      self_(std::move(self)),
      may_move_(grace.count() > 0),
      tell_(std::move(tell)),
      absence_(grace),
      periodic_(kLookEvery, [this](auto passed) { look(passed); }) {}

void FailoverKeeper::look(Periodic::Clock::duration passed) {
  if (!membership_.joined() || !bus_.healthy() || !service_.records().known()) return;
  const auto gone = find_gone(passed);
  if (gone.empty()) return;
  auto moves = failover(service_.tasks_of(gone), service_.members(), gone, self_);
  moves.resize(std::min(moves.size(), kMostMoves));
  for (const Move& move : moves) {
    if (!service_.take_over(move.task_id, move.from, move.to)) continue;
    log::warn("task_taken_over", {{"task", move.task_id}, {"from", move.from}, {"to", move.to}});
    tell_({move.task_id, 0, "taken_over", describe(move), unix_us()});
  }
}

// The empty name stands for the records that name nobody.
std::set<std::string> FailoverKeeper::find_gone(Periodic::Clock::duration passed) {
  std::set<std::string> live;
  for (const NodeRecord& node : membership_.live("api")) live.insert(node.node);
  std::set<std::string> used = service_.other_api_nodes();
  const bool are_some_nobodys = used.erase("") > 0;
  std::set<std::string> gone;
  if (may_move_) gone = absence_.look(passed, live, used);
  std::erase_if(told_gone_, [&](const std::string& node) { return !gone.contains(node); });
  for (const std::string& node : gone) {
    if (told_gone_.insert(node).second) log::warn("api_node_gone", {{"node", node}});
  }
  if (are_some_nobodys) gone.insert("");
  return gone;
}

}  // namespace stream::api
