#include "frame_loop.hpp"

#include <gtest/gtest.h>

#include <mutex>

#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "tasks.hpp"

namespace stream::logic {
namespace {

class Loop : public ::testing::Test {
 protected:
  Route route(const std::string& id) {
    const auto task = std::make_shared<const Task>(make_task(plate_task(id), 0, 2).value());
    return {task,
            std::make_shared<Unit>(
                topics::state_key(id, 0), ownership::Tenure::Self{"me", 1},
                [](std::string_view, std::uint64_t) { return false; }, TaskRunOptions{}, counters_, budget_)};
  }

  void publish(const std::string& topic, const std::string& bytes) {
    EXPECT_EQ(publisher_->publish(topic, bytes), bus::PublishResult::kSent);
  }

  std::vector<std::string> keys() {
    const std::lock_guard lock(mutex_);
    return keys_;
  }

  const std::unique_ptr<bus::Bus> bus_ = bus::make_memory_bus();
  const std::unique_ptr<bus::Publisher> publisher_ = bus_->make_publisher();
  Metrics metrics_;
  Counters counters_{metrics_};
  ByteBudget budget_{0};
  std::mutex mutex_;
  std::vector<std::string> keys_;  // of the units that got a frame
  FrameLoop loop_{*bus_, counters_, 10, [this](const UnitPtr& unit, const FrameMeta&) {
                    const std::lock_guard lock(mutex_);
                    keys_.push_back(unit->key);
                  }};
};

TEST_F(Loop, FramesGoToTheUnitOfTheirTopicAsLongAsThereIsOne) {
  const auto a = topics::frame("a", 0);
  const auto b = topics::frame("b", 0);
  loop_.set_routes({{a, route("a")}, {b, route("b")}});
  ASSERT_TRUE(eventually([&] { return loop_.settled(); }));
  publish(b, encode(plate_frame("b", 1, "x")));
  publish(a, encode(plate_frame("a", 1, "x")));
  ASSERT_TRUE(eventually([&] { return keys() == std::vector<std::string>{"st/b/0", "st/a/0"}; }));
  loop_.set_routes({{a, route("a")}});
  ASSERT_TRUE(eventually([&] { return loop_.settled(); }));
  EXPECT_TRUE(publisher_->has_consumer(a));
  EXPECT_FALSE(publisher_->has_consumer(b));
}

TEST_F(Loop, BadFramesAreCountedAndDropped) {
  const auto topic = topics::frame("a", 0);
  loop_.set_routes({{topic, route("a")}});
  ASSERT_TRUE(eventually([&] { return loop_.settled(); }));
  publish(topic, "rubbish");
  publish(topic, "");
  publish(topic, encode(plate_frame("another", 1, "x")));
  publish(topic, encode(plate_frame("a", 1, "x")));
  ASSERT_TRUE(eventually([&] { return keys().size() == 1; }));
  EXPECT_EQ(counters_.frames_received.value(), 4);
  EXPECT_EQ(counters_.frames_malformed.value(), 2);
  EXPECT_EQ(counters_.frames_mislabelled.value(), 1);
}

}  // namespace
}  // namespace stream::logic
