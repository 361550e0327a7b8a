#include "flow_report.hpp"

#include <gtest/gtest.h>

#include <set>

#include "stream/bus/memory_bus.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ingest {
namespace {

class FlowReporterTest : public testing::Test {
 protected:
  void add_task(const std::string& id, std::size_t algorithms, const std::string& ingest_node = {}) {
    TaskRecord record;
    record.task_id = id;
    for (std::size_t i = 0; i < algorithms; ++i) {
      record.algorithms.emplace_back().path_key = id + std::to_string(i);
      record.algorithms.back().ingest_node = ingest_node;
    }
    routes.apply({{bus::Entry{topics::task_key(id), encode(record), ++revision, false}}, false});
  }
  std::unique_ptr<bus::Subscriber> subscribe() {
    auto subscriber = memory_bus->make_subscriber({bus::Subscriber::Role::kObserver});
    subscriber->subscribe(topics::kFlowTopics);
    return subscriber;
  }
  // What was told until now.
  static std::vector<FlowReport> told(bus::Subscriber& subscriber) {
    std::vector<FlowReport> reports;
    while (true) {
      const auto outcome = subscriber.receive(std::chrono::milliseconds(0));
      const auto* received = std::get_if<bus::Received>(&outcome);
      if (received == nullptr) return reports;
      const auto report = decode<FlowReport>(received->payload);
      EXPECT_TRUE(report);
      reports.push_back(report.value_or(FlowReport{}));
    }
  }

  const std::unique_ptr<bus::Bus> memory_bus = bus::make_memory_bus();
  const std::unique_ptr<bus::Publisher> publisher = memory_bus->make_publisher();
  Metrics metrics;
  ChannelCounters counters{metrics};
  Counter numbered = metrics.counter("numbered", "");
  RouteTable routes{metrics,
                    [this](const std::string& task_id, std::uint32_t algorithm, std::uint64_t source) {
                      return std::make_shared<FrameChannel>(*publisher, counters, numbered, task_id,
                                                            algorithm, source, ReplayLimits{10, 1024});
                    }};
  bus::Revision revision = 0;
  FlowReporter reporter{*publisher, routes, "ingest-1", 77};
};

TEST_F(FlowReporterTest, TellsOfChannelsThatHadFrames) {
  const auto subscriber = subscribe();
  add_task("cam", 3);
  reporter.tell();
  EXPECT_EQ(told(*subscriber), (std::vector<FlowReport>{{"ingest-1", 77, {}}})) << "that it is there";
  routes.find("cam0")->publish({});
  routes.find("cam2")->count_refused();
  reporter.tell();
  const auto reports = told(*subscriber);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].node, "ingest-1");
  EXPECT_EQ(reports[0].boot, 77U);
  ASSERT_EQ(reports[0].channels.size(), 2U);
  EXPECT_EQ(reports[0].channels[0], (ChannelFlow{"cam", 0, 1, 0, 1, 0, false}));
  EXPECT_EQ(reports[0].channels[1], (ChannelFlow{"cam", 2, 0, 1, 0, 0, false}));
}

TEST_F(FlowReporterTest, TaskThatWasMovedIsToldOfByItsNewNodeOnly) {
  const auto subscriber = subscribe();
  add_task("cam", 1, "ingest-1");
  routes.find("cam0")->publish({});
  reporter.tell();
  ASSERT_EQ(told(*subscriber).at(0).channels.size(), 1U);
  add_task("cam", 1, "ingest-2");
  ASSERT_TRUE(routes.find("cam0")) << "what it has stays for those who missed it";
  reporter.tell();
  EXPECT_EQ(told(*subscriber), (std::vector<FlowReport>{{"ingest-1", 77, {}}}));
}

TEST_F(FlowReporterTest, SplitsWhatIsTooMuchForOneMessage) {
  const auto subscriber = subscribe();
  constexpr std::size_t kChannels = 600;
  add_task("cam", kChannels);
  routes.for_each([](FrameChannel& channel) { channel.publish({}); });
  reporter.tell();
  std::set<std::uint32_t> seen;
  const auto reports = told(*subscriber);
  ASSERT_EQ(reports.size(), 3U);
  for (const auto& report : reports) {
    EXPECT_LE(report.channels.size(), FlowReporter::kMostChannels);
    for (const auto& channel : report.channels) EXPECT_TRUE(seen.insert(channel.algorithm).second);
  }
  EXPECT_EQ(seen.size(), kChannels);
}

}  // namespace
}  // namespace stream::ingest
