#include <gmock/gmock.h>

#include <atomic>

#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/events/abandoned.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::events {
namespace {

using namespace std::chrono_literals;

TEST(AbandonedWatch, WhatANodeHasBegunThatDoesNotComeBackIsEndedOnceAndItsKeyIsGone) {
  const auto bus = bus::make_memory_bus();
  Metrics metrics;
  const auto begin = [&](const std::string& role, const std::string& node) {
    SystemEvents events(*bus, node, metrics, SystemEventsOptions().kept_at(topics::begun_key(role, node)));
    events.see({Kind::kDisk, "/data/" + node, true, "full"});
  };
  begin("api", "api-1");
  begin("reporter", "gone");
  ASSERT_TRUE(bus->cas(topics::begun_key("api", "rubbish"), 0, "rubbish").done());
  ASSERT_TRUE(bus->cas(topics::kBrokerBegunKey, 0, encode(BegunEvents())).done());
  const auto live = [](const std::string& role) {
    NodeRecord self;
    self.node = "api-1";
    return role == "api" ? std::vector{self} : std::vector<NodeRecord>();
  };
  SystemEvents one(*bus, "api-1", metrics, SystemEventsOptions().kept_at(topics::begun_key("api", "api-1")));
  SystemEvents two(*bus, "api-2", metrics);
  const AbandonedWatch watch(*bus, one, live, {.every = 10ms, .after = 50ms});
  const AbandonedWatch other(*bus, two, live, {.every = 10ms, .after = 50ms});

  const auto keys = [&] {
    std::vector<std::string> found;
    const auto entries = bus->list(topics::kBegunKeys).value();
    for (const auto& entry : entries) found.push_back(entry.key);
    return found;
  };
  EXPECT_TRUE(eventually([&] { return keys().size() == 2; }));
  EXPECT_THAT(keys(), ::testing::ElementsAre("ev/api/api-1", "ev/broker"));
  std::vector<std::string> subjects;
  EXPECT_TRUE(eventually([&] {
    subjects.clear();
    const auto items = bus->list_queue(topics::kEventQueue, {}, 100).value();
    for (const auto& item : items) {
      const auto event = decode<SystemEvent>(bus->read_message(topics::kEventQueue, item.id).value()).value();
      if (event.cleared) subjects.push_back(event.subject);
    }
    return !subjects.empty();
  }));
  EXPECT_THAT(subjects, ::testing::ElementsAre("/data/gone"));
}

TEST(AbandonedWatch, WhileWeAreNoMemberNobodyIsGivenUp) {
  const auto bus = bus::make_memory_bus();
  Metrics metrics;
  ASSERT_TRUE(bus->cas(topics::begun_key("api", "api-1"), 0, encode(BegunEvents())).done());
  SystemEvents events(*bus, "api-2", metrics);
  std::atomic<int> looks = 0;
  const auto live = [&](const std::string&) {
    ++looks;
    return std::vector<NodeRecord>();
  };
  const AbandonedWatch watch(*bus, events, live, {.every = 1ms, .after = 1ms});
  ASSERT_TRUE(eventually([&] { return looks > 50; }));
  EXPECT_EQ(bus->list(topics::kBegunKeys).value().size(), 1U);
}

}  // namespace
}  // namespace stream::events
