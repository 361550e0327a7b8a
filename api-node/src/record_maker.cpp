#include "record_maker.hpp"

#include <algorithm>
#include <utility>

#include "stream/common/clock.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/common/random.hpp"
#include "stream/manifest/algorithm_spec.hpp"

namespace stream::api {
namespace {

constexpr std::size_t kPathKeyBytes = 16;  // of randomness

// By the place in the task; null: another algorithm, or another video, has nothing in common with what was.
std::vector<const AlgorithmSpec*> former_specs(const manifest::TaskDefinition& task,
                                               const std::optional<FormerTask>& former) {
  std::vector<const AlgorithmSpec*> specs(task.algorithms.size());
  if (!former) return specs;
  const auto before = read_task_request(former->record.definition_json);
  if (!before || before->task.address != task.address) return specs;
  for (std::size_t i = 0; i < std::min(specs.size(), former->record.algorithms.size()); ++i) {
    const AlgorithmSpec& spec = former->record.algorithms[i];
    if (spec.type == task.algorithms[i].type) specs[i] = &spec;
  }
  return specs;
}

TakenSeat taken_seat(const AlgorithmSpec& spec, const std::string& api_node) {
  return {{spec.shared_key, spec.shared_channel}, api_node, spec.ingest_node, spec.shared_files};
}

}  // namespace

Result<TaskRequest> read_task_request(std::string_view body) {
  auto definition = parse_json(body);
  if (!definition) return tl::unexpected(definition.error());
  auto task = manifest::parse_task_definition(*definition);
  if (!task) return tl::unexpected(task.error());
  return TaskRequest{std::string(body), *std::move(definition), *std::move(task)};
}

RecordMaker::RecordMaker(LiveNodes live_nodes, BusySeats busy_seats, const StreamLauncher& launcher,
                         const TaskBook& book, std::chrono::milliseconds ingest_patience)
    : live_nodes_(std::move(live_nodes)),
      busy_seats_(std::move(busy_seats)),
      launcher_(launcher),
      book_(book),
      ingest_patience_(ingest_patience) {}

Result<TaskRecord> RecordMaker::make(const TaskRequest& request, const std::optional<FormerTask>& former,
                                     const std::string& node) {
  const auto before = former_specs(request.task, former);
  const bool needs_node =
      std::any_of(before.begin(), before.end(), [](const auto* spec) { return spec == nullptr; });
  std::vector<NodeRecord> nodes = live_nodes_("ingest");
  if (needs_node) {
    eventually([&] { return !(nodes = live_nodes_("ingest")).empty(); }, ingest_patience_);
  }
  auto used = count_used();
  TaskRecord record;
  record.task_id = request.task.task_id;
  record.src_id = request.task.src_id;
  record.definition_json = request.body;
  if (former) record.api_node = former->record.api_node;
  const bool goes_on = former && former->is_same_life;
  record.created_us = goes_on ? former->record.created_us : unix_us();
  record.report_urls = request.task.report_urls;
  record.report_policy = request.task.report_policy;
  for (std::uint32_t i = 0; i < before.size(); ++i) {
    auto spec = make_spec(request, i, before[i], nodes, used);
    // What the installation lacks is nothing that was asked for by name.
    if (!spec) return fail(ErrorCode::kInvalid, "{}", spec.error().message);
    if (before[i] != nullptr) spec->life = goes_on ? before[i]->life : random_u64();
    if (auto shared = share(*spec, request, i, before[i], goes_on, nodes, record, node); !shared)
      return fail(ErrorCode::kInvalid, "{}", shared.error().message);
    record.algorithms.push_back(*std::move(spec));
  }
  // A task that can never work is refused for that, whether or not an ingest-node is up.
  if (needs_node && nodes.empty()) {
    return fail(ErrorCode::kUnavailable, "no ingest-node is up to take the task's frames");
  }
  return record;
}

Result<AlgorithmSpec> RecordMaker::make_spec(const TaskRequest& request, std::uint32_t index,
                                             const AlgorithmSpec* former,
                                             const std::vector<NodeRecord>& nodes, IngestChoice::Used& used) {
  NodeRecord ingest;
  std::string path_key = former != nullptr ? former->path_key : random_hex(kPathKeyBytes);
  if (former != nullptr) {
    ingest.node = former->ingest_node;
  } else if (!nodes.empty()) {
    ingest = choice_.choose(nodes, used, IngestChoice::Clock::now());
    ++used[ingest.node];
  }
  const auto target =
      ingest.address.empty() ? manifest::FrameTarget{} : frame_target(ingest.address, path_key);
  if (!target) return tl::unexpected(target.error());
  const auto config = launcher_.configure(request.task, index, *target, 0);
  if (!config) return tl::unexpected(config.error());
  auto spec = manifest::make_algorithm_spec(request.task.algorithms[index].type, config->algorithm,
                                            config->logic, config->sample_interval);
  if (!spec) return tl::unexpected(spec.error());
  spec->path_key = std::move(path_key);
  spec->ingest_node = ingest.node;
  return spec;
}

// ---- processes that several tasks share

bool RecordMaker::takes_seats(const TaskRequest& request) const {
  for (std::uint32_t i = 0; i < request.task.algorithms.size(); ++i) {
    const auto sharing = launcher_.sharing(request.task, i);
    if (sharing && sharing->wanted) return true;
  }
  return false;
}

// `record`: its own, with those of its algorithms that were made already.
Status RecordMaker::share(AlgorithmSpec& spec, const TaskRequest& request, std::uint32_t index,
                          const AlgorithmSpec* former, bool goes_on, const std::vector<NodeRecord>& nodes,
                          const TaskRecord& record, const std::string& api_node) const {
  const auto sharing = launcher_.sharing(request.task, index);
  if (!sharing) return tl::unexpected(sharing.error());
  if (!sharing->wanted) return {};
  // What could not be shared before is not tried again with every change, but in another life.
  spec.not_shared = !sharing->why_not.empty()      ? sharing->why_not
                    : former != nullptr && goes_on ? former->not_shared
                                                   : std::string();
  if (!spec.not_shared.empty()) return {};
  spec.shared_files = sharing->files;
  const bool stays = record.api_node == api_node;  // with the processes of that node
  if (stays && former != nullptr && !former->shared_key.empty() && former->shared_files == sharing->files) {
    spec.shared_key = former->shared_key;
    spec.shared_channel = former->shared_channel;
    return {};
  }
  SeatWish wish{api_node, sharing->files, sharing->max_channels, {}};
  for (const NodeRecord& node : nodes) wish.ingest_nodes.insert(node.node);
  auto taken = taken_seats(request.task.task_id);
  for (const AlgorithmSpec& one : record.algorithms) {
    if (!one.shared_key.empty()) taken.push_back(taken_seat(one, api_node));
  }
  const auto free = find_seat(wish, taken, busy_seats_());
  spec.shared_key = free ? free->seat.key : random_hex(kPathKeyBytes);
  spec.shared_channel = free ? free->seat.channel : 0;
  if (free) spec.ingest_node = free->ingest_node;
  return {};
}

std::vector<TakenSeat> RecordMaker::taken_seats(const std::string& but_of) const {
  std::vector<TakenSeat> taken;
  for (const KnownTask& task : book_.all()) {
    if (task.record->task_id == but_of) continue;
    for (const AlgorithmSpec& spec : task.record->algorithms) {
      if (!spec.shared_key.empty()) taken.push_back(taken_seat(spec, task.record->api_node));
    }
  }
  return taken;
}

// ---- ingest-nodes

TaskRecord RecordMaker::moved(TaskRecord record, const std::string& gone,
                              const std::vector<NodeRecord>& nodes) {
  auto used = count_used();
  for (AlgorithmSpec& spec : record.algorithms) {
    if (spec.ingest_node != gone) continue;
    spec.ingest_node =
        shared_ingest(spec, gone).value_or(choice_.choose(nodes, used, IngestChoice::Clock::now()).node);
    ++used[spec.ingest_node];
  }
  return record;
}

// Where others that share its process have gone before.
std::optional<std::string> RecordMaker::shared_ingest(const AlgorithmSpec& spec,
                                                      const std::string& gone) const {
  if (spec.shared_key.empty()) return std::nullopt;
  for (const TakenSeat& one : taken_seats({})) {
    if (one.seat.key == spec.shared_key && one.ingest_node != gone) return one.ingest_node;
  }
  return std::nullopt;
}

IngestChoice::Used RecordMaker::count_used() const {
  IngestChoice::Used used;
  for (const KnownTask& task : book_.all()) {
    for (const AlgorithmSpec& spec : task.record->algorithms) ++used[spec.ingest_node];
  }
  return used;
}

}  // namespace stream::api
