#include "ingest_keeper.hpp"

#include <utility>

#include "stream/common/clock.hpp"
#include "stream/common/log.hpp"

namespace stream::api {
namespace {

constexpr std::chrono::milliseconds kLookEvery{200};

}  // namespace

IngestKeeper::IngestKeeper(bus::Bus& bus, const ownership::Membership& membership, TaskService& service,
                           Supervisor& supervisor, std::chrono::milliseconds grace, Tell tell)
    : bus_(bus),
      membership_(membership),
      service_(service),
      supervisor_(supervisor),
      tell_(std::move(tell)),
      absence_(grace),
      periodic_(kLookEvery, [this](auto passed) { look(passed); }) {}

void IngestKeeper::look(Periodic::Clock::duration passed) {
  if (!membership_.joined() || !bus_.healthy()) return;
  std::map<std::string, std::string> addresses;
  std::set<std::string> live;
  for (const NodeRecord& node : membership_.live("ingest")) {
    addresses[node.node] = node.address;
    live.insert(node.node);
  }
  if (addresses != addresses_) supervisor_.check_ingest_addresses();
  addresses_ = std::move(addresses);

  const auto gone = absence_.look(passed, live, service_.used_ingest_nodes());
  std::erase_if(stranded_, [&](const std::string& node) { return !gone.contains(node); });
  for (const std::string& node : gone) {
    if (!live.empty()) {
      service_.leave_ingest(node);
    } else if (stranded_.insert(node).second) {
      tell_stranded(node);
    }
  }
}

void IngestKeeper::tell_stranded(const std::string& node) {
  log::warn("ingest_node_gone", {{"node", node}, {"detail", "no other is up to take its tasks"}});
  for (const auto& [task_id, algorithm] : service_.algorithms_at(node)) {
    tell_({task_id, algorithm, "stranded",
           fmt::format("ingest-node {} is gone and no other is up: its frames are lost", node), unix_us()});
  }
}

}  // namespace stream::api
