#include "task_placement.hpp"

#include <algorithm>

#include "stream/ownership/rendezvous.hpp"

namespace stream::api {
namespace {

using ownership::Candidate;

// What an api-node that does not tell has for sure: older ones ran as many.
constexpr std::size_t kUsuallyMost = 1000;

bool has_labels(const ApiMember& member, const std::vector<std::string>& labels) {
  return std::all_of(labels.begin(), labels.end(),
                     [&](const std::string& label) { return member.labels.contains(label); });
}

// The part of what it may run that `member` would use, with the task.
double share(const ApiMember& member, const PlacedTask& task) {
  const std::size_t most = std::max<std::size_t>(member.most_processes, 1);
  return static_cast<double>(member.processes + task.processes) / static_cast<double>(most);
}

}  // namespace

ApiMember to_member(const NodeRecord& record) {
  return {record.node,
          {record.labels.begin(), record.labels.end()},
          record.max_processes == 0 ? kUsuallyMost : record.max_processes,
          0};
}

std::optional<std::string> place(const std::vector<ApiMember>& members, const PlacedTask& task) {
  std::vector<Candidate> best;
  double least = 0;
  for (const ApiMember& member : members) {
    if (!has_labels(member, task.labels)) continue;
    const double used = share(member, task);
    if (!best.empty() && used > least) continue;
    if (used < least) best.clear();
    least = used;
    best.push_back({member.node});
  }
  if (best.empty()) return std::nullopt;
  return ownership::owner_of(task.task_id, best);
}

std::vector<Move> failover(const std::vector<PlacedTask>& tasks, std::vector<ApiMember> members,
                           const std::set<std::string>& gone, const std::string& self) {
  std::erase_if(members, [&](const ApiMember& member) { return gone.contains(member.node); });
  std::vector<Candidate> movers;
  movers.reserve(members.size());
  for (const ApiMember& member : members) movers.push_back({member.node});
  std::vector<Move> moves;
  for (const PlacedTask& task : tasks) {
    const bool waits = task.is_tied && !task.node.empty();
    if (waits || (!task.node.empty() && !gone.contains(task.node))) continue;
    if (ownership::owner_of(task.task_id, movers) != self) continue;
    const auto to = place(members, task);
    if (!to) continue;
    const auto member = std::find_if(members.begin(), members.end(),
                                     [&](const ApiMember& candidate) { return candidate.node == *to; });
    member->processes += task.processes;
    moves.push_back({task.task_id, task.node, *to});
  }
  return moves;
}

}  // namespace stream::api
