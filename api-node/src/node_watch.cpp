#include "node_watch.hpp"

#include <condition_variable>
#include <mutex>

namespace stream::api {
namespace {

constexpr std::chrono::milliseconds kLookEvery{250};

}  // namespace

NodeWatch::NodeWatch(events::SystemEvents& events, Live live)
    : events_(events), live_(std::move(live)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void NodeWatch::run(const std::stop_token& stop) {
  NodeRoll roll;
  std::mutex mutex;
  std::condition_variable_any pause;
  std::unique_lock lock(mutex);
  do {
    look(roll);
  } while (!pause.wait_for(lock, stop, kLookEvery, [&] { return stop.stop_requested(); }));
}

void NodeWatch::look(NodeRoll& roll) {
  std::vector<NodeRecord> live;
  for (const char* role : {"api", "ingest", "logic", "reporter"}) {
    for (NodeRecord& record : live_(role)) live.push_back(std::move(record));
  }
  using Kind = NodeRoll::Change::Kind;
  for (NodeRoll::Change& change : roll.take(live, std::chrono::steady_clock::now())) {
    if (change.kind == Kind::kCame) {
      events_.announce(events::Kind::kNode, change.node, change.text, change.id);
    } else {
      events_.see({events::Kind::kNode, change.node, change.kind == Kind::kLost, change.text, change.id});
    }
  }
}

}  // namespace stream::api
