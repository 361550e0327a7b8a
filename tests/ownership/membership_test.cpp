#include "stream/ownership/membership.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ownership {
namespace {

using std::chrono::milliseconds;

constexpr MembershipOptions kFast{milliseconds(30), milliseconds(200)};

NodeRecord record(const std::string& role, const std::string& node) {
  NodeRecord r;
  r.role = role;
  r.node = node;
  r.address = "127.0.0.1:1";
  return r;
}

class MembershipTest : public ::testing::Test {
 protected:
  std::vector<std::string> names(const Membership& m, const std::string& role) {
    std::vector<std::string> out;
    for (const NodeRecord& r : m.live(role)) out.push_back(r.node);
    return out;
  }

  std::unique_ptr<bus::Bus> bus_ = bus::make_memory_bus();
};

TEST_F(MembershipTest, NodesSeeEachOtherByRole) {
  const Membership a(*bus_, record("logic", "a"), {}, kFast);
  const Membership b(*bus_, record("logic", "b"), {}, kFast);
  const Membership c(*bus_, record("ingest", "c"), {}, kFast);
  EXPECT_TRUE(eventually([&] { return names(a, "logic") == std::vector<std::string>{"a", "b"}; }));
  EXPECT_TRUE(eventually([&] { return names(a, "ingest") == std::vector<std::string>{"c"}; }));
  EXPECT_TRUE(a.joined());
}

TEST_F(MembershipTest, LeavingIsSeenAtOnceNotAfterTheDeadline) {
  const Membership a(*bus_, record("logic", "a"), {}, {milliseconds(30), std::chrono::hours(1)});
  auto b = std::make_unique<Membership>(*bus_, record("logic", "b"), nullptr, kFast);
  ASSERT_TRUE(eventually([&] { return names(a, "logic").size() == 2; }));
  b.reset();
  EXPECT_TRUE(eventually([&] { return names(a, "logic") == std::vector<std::string>{"a"}; }));
}

TEST_F(MembershipTest, ANodeThatStopsWritingIsDeadAndIsBackWhenItWritesAgain) {
  NodeRecord silent = record("logic", "silent");
  silent.boot = 5;
  const std::string key = topics::node_key("logic", "silent");
  const bus::CasResult first = bus_->cas(key, 0, encode(silent));
  ASSERT_TRUE(first.done());
  std::atomic<int> changes = 0;
  const Membership a(
      *bus_, record("logic", "a"), [&] { ++changes; }, kFast);
  ASSERT_TRUE(eventually([&] { return names(a, "logic").size() == 2; }));
  EXPECT_TRUE(eventually([&] { return names(a, "logic") == std::vector<std::string>{"a"}; }));
  const int before = changes;
  EXPECT_GE(before, 2);
  ++silent.counter;
  ASSERT_TRUE(bus_->cas(key, first.revision, encode(silent)).done());
  EXPECT_TRUE(eventually([&] { return changes > before; }));
}

TEST_F(MembershipTest, UpdatesReachTheOthers) {
  Membership a(*bus_, record("ingest", "a"), {}, kFast);
  const Membership b(*bus_, record("api", "b"), {}, kFast);
  a.update([](NodeRecord& r) { r.tasks_revision = 12; });
  EXPECT_TRUE(eventually([&] {
    const auto live = b.live("ingest");
    return live.size() == 1 && live.front().tasks_revision == 12;
  }));
}

}  // namespace
}  // namespace stream::ownership
