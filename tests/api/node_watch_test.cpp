#include "node_watch.hpp"

#include <gmock/gmock.h>

#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/ownership/membership.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::UnorderedElementsAre;

// A member, as an api-node is one.
struct Watcher {
  Watcher(bus::Bus& bus, const std::string& name)
      : membership(bus, record(name), {}, {.write_every = 20ms, .dead_after = 300ms}),
        events(bus, name, metrics, options()),
        watch(events, [this](const std::string& role) { return membership.live(role); }) {}

  static NodeRecord record(const std::string& name, const std::string& role = "api") {
    NodeRecord record;
    record.node = name;
    record.role = role;
    return record;
  }
  static events::SystemEventsOptions options() {
    events::SystemEventsOptions options;
    options.board.hold = 1ms;
    return options;
  }

  Metrics metrics;
  ownership::Membership membership;
  events::SystemEvents events;
  NodeWatch watch;
};

TEST(NodeWatch, OneOfSeveralTellsWhoCameAndWent) {
  const auto bus = bus::make_memory_bus();
  const auto told = [&] {
    std::vector<std::string> kinds;
    const auto items = bus->list_queue(topics::kEventQueue, {}, 100).value();
    for (const auto& item : items) {
      const auto event = decode<SystemEvent>(bus->read_message(topics::kEventQueue, item.id).value()).value();
      kinds.push_back(event.kind + " " + event.subject);
    }
    return kinds;
  };
  Watcher one(*bus, "api-1");
  Watcher two(*bus, "api-2");
  const auto logic = [&] {
    return std::make_unique<ownership::Membership>(*bus, Watcher::record("a", "logic"), nullptr);
  };
  auto node = logic();
  ASSERT_TRUE(eventually([&] { return told().size() == 3; }));
  EXPECT_THAT(told(),
              UnorderedElementsAre("node_joined api/api-1", "node_joined api/api-2", "node_joined logic/a"));
  node.reset();
  ASSERT_TRUE(eventually([&] { return told().size() == 4; }));
  EXPECT_THAT(told(), Contains("node_lost logic/a"));
  node = logic();
  ASSERT_TRUE(eventually([&] { return told().size() == 5; }));
  EXPECT_EQ(told().back(), "node_joined logic/a");
  // Both have seen all of it by now, and said it once.
  const auto said = [](Watcher& watcher, const char* kind) {
    return watcher.metrics.counter("stream_events_told_total", "", {{"kind", kind}}).value();
  };
  EXPECT_TRUE(eventually([&] { return said(one, "node_joined") + said(two, "node_joined") == 4; }));
  EXPECT_EQ(said(one, "node_lost") + said(two, "node_lost"), 1);
}

}  // namespace
}  // namespace stream::api
