#include "node_choice.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "stream/common/hash.hpp"
#include "stream/common/random.hpp"
#include "stream/schemas/source.hpp"

namespace stream::api {
namespace {

const ApiMember* find(const std::vector<ApiMember>& members, const std::string& node) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const ApiMember& member) { return member.node == node; });
  return found == members.end() ? nullptr : &*found;
}

bool suits(const ApiMember& member, const PlacedTask& task) {
  return place({member}, task).has_value();
}

std::string text_of(const std::vector<ApiMember>& members) {
  std::vector<std::string> texts;
  texts.reserve(members.size());
  for (const ApiMember& member : members) {
    texts.push_back(
        fmt::format("{} ({})", member.node,
                    member.labels.empty() ? "none" : fmt::to_string(fmt::join(member.labels, ", "))));
  }
  return fmt::to_string(fmt::join(texts, ", "));
}

}  // namespace

NodeChoice::NodeChoice(LiveNodes live_nodes, const TaskBook& book, std::string self)
    : live_nodes_(std::move(live_nodes)), book_(book), self_(std::move(self)) {}

std::vector<ApiMember> NodeChoice::members() const {
  std::map<std::string, std::size_t> processes;
  for (const KnownTask& task : book_.all()) {
    if (task.record->should_run) processes[task.record->api_node] += task.record->algorithms.size();
  }
  std::vector<ApiMember> members;
  for (const NodeRecord& record : live_nodes_("api")) members.push_back(to_member(record));
  if (find(members, self_) == nullptr) {  // our record has not come back yet
    members.emplace_back().node = self_;
  }
  for (ApiMember& member : members) member.processes = processes[member.node];
  return members;
}

Result<std::string> NodeChoice::choose(const manifest::TaskDefinition& task, const std::string& present,
                                       bool stays) const {
  const auto members = this->members();
  const PlacedTask placed = to_placed(task, present);
  const ApiMember* has_it = find(members, present);
  if (task.is_tied && !present.empty() && has_it == nullptr) {
    return fail(
        ErrorCode::kUnavailable,
        "the task is tied to a device of api-node {}, which does not answer; delete it to run it elsewhere",
        present);
  }
  if (has_it != nullptr && (stays || task.is_tied) && suits(*has_it, placed)) return present;
  if (const ApiMember* here = find(members, self_); task.is_tied && suits(*here, placed)) return self_;
  if (auto node = place(members, placed)) return *std::move(node);
  return fail(ErrorCode::kUnavailable,
              "/Extend/NodeLabel: found {}, expected labels that one api-node that is up has; there are {}",
              fmt::join(task.node_labels, ", "), text_of(members));
}

PlacedTask to_placed(const manifest::TaskDefinition& task, std::string node) {
  return {task.task_id, std::move(node), task.node_labels, task.is_tied, task.algorithms.size()};
}

void hand_over(TaskRecord& record, std::string node) {
  constexpr std::size_t kPathKeyBytes = 16;  // of randomness
  record.api_node = std::move(node);
  for (AlgorithmSpec& spec : record.algorithms) {
    spec.life = source_of(spec);
    spec.path_key = random_hex(kPathKeyBytes);
  }
}

void move_seats(TaskRecord& record) {
  for (AlgorithmSpec& spec : record.algorithms) {
    if (spec.shared_key.empty()) continue;
    const std::uint64_t first = fnv1a(record.api_node, fnv1a(spec.shared_key));
    spec.shared_key = fmt::format("{:016x}{:016x}", first, fnv1a(spec.shared_key, first));
  }
}

}  // namespace stream::api
