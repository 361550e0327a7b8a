#include "node_watch.hpp"

namespace stream::api {
namespace {

constexpr std::chrono::milliseconds kLookEvery{250};

}  // namespace

NodeWatch::NodeWatch(events::SystemEvents& events, Live live)
    : events_(events), live_(std::move(live)), periodic_(kLookEvery, [this](auto) { look(); }) {}

void NodeWatch::look() {
  std::vector<NodeRecord> live;
  for (const char* role : {"api", "ingest", "logic", "reporter"}) {
    for (NodeRecord& record : live_(role)) live.push_back(std::move(record));
  }
  using Kind = NodeRoll::Change::Kind;
  for (NodeRoll::Change& change : roll_.take(live, std::chrono::steady_clock::now())) {
    if (change.kind == Kind::kCame) {
      events_.announce(events::Kind::kNode, change.node, change.text, change.id);
    } else {
      events_.see({events::Kind::kNode, change.node, change.kind == Kind::kLost, change.text, change.id});
    }
  }
}

}  // namespace stream::api
