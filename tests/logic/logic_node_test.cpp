// The whole node on the bus in memory.
#include "logic_node.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "stream/common/eventually.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "tasks.hpp"

namespace stream::logic {
namespace {

using Ids = std::vector<std::string>;

class Node : public ::testing::Test {
 protected:
  Node() {
    config_.stop_grace = std::chrono::milliseconds(0);
    for (std::uint64_t i = 0; i < 100; ++i) pictures_.put_scene(i, scene_);
  }

  std::unique_ptr<LogicNode> start(const std::string& name, Metrics& metrics) {
    constexpr ownership::MembershipOptions kQuick{std::chrono::milliseconds(30),
                                                  std::chrono::milliseconds(3000)};
    auto node = std::make_unique<LogicNode>(bus_, pictures_, metrics, config_, name, kQuick);
    EXPECT_TRUE(eventually([&] { return node->not_ready().empty(); })) << node->not_ready();
    return node;
  }

  void put(const TaskRecord& record) {
    const auto key = topics::task_key(record.task_id);
    const auto before = bus_.get(key).value();
    EXPECT_TRUE(bus_.cas(key, before ? before->revision : 0, encode(record)).done());
  }

  void remove(const std::string& task) {
    const auto key = topics::task_key(task);
    EXPECT_TRUE(bus_.cas(key, bus_.get(key).value()->revision, std::nullopt).done());
  }

  bool has_consumer(const std::string& task) { return publisher_->has_consumer(topics::frame(task, 0)); }
  bool wait_for_consumer(const std::string& task) {
    return eventually([&] { return has_consumer(task); });
  }

  void publish(const FrameMeta& frame) {
    publish_bytes(topics::frame(frame.task_id, frame.algorithm), encode(frame));
  }
  void publish_bytes(const std::string& topic, const std::string& bytes) {
    EXPECT_EQ(publisher_->publish(topic, bytes), bus::PublishResult::kSent);
  }

  double count(const std::string& name, const Labels& labels = {}) {
    return metrics_.counter(name, "", labels).value();
  }
  bool wait_for_processed(double frames) {
    return eventually([&] { return count("stream_logic_frames_processed_total") == frames; });
  }

  Ids alarms() {
    Ids ids;
    const auto items = bus_.list_queue(topics::kAlarmQueue, std::nullopt, 1000).value();
    for (const auto& item : items) ids.push_back(item.id);
    return ids;
  }
  bool wait_for_alarms(const Ids& ids) {
    return eventually([&] { return alarms() == ids; });
  }

  const std::string scene_ = make_jpeg(640, 480);
  MoodyBus bus_;
  FakePictures pictures_;
  LogicConfig config_;
  Metrics metrics_;
  std::unique_ptr<bus::Publisher> publisher_ = bus_.make_publisher({});
};

TEST_F(Node, ObjectSeenOftenEnoughBecomesAnAlarm) {
  put(plate_task("t"));
  const auto node = start("a", metrics_);
  ASSERT_TRUE(wait_for_consumer("t"));
  publish(plate_frame("t", 1, "京A1"));
  publish(plate_frame("t", 2, "京A1"));
  publish(plate_frame("t", 3, "京A1"));
  ASSERT_TRUE(wait_for_alarms({"t:0:7:2"}));
  const auto alarm = decode<Alarm>(bus_.read_message(topics::kAlarmQueue, "t:0:7:2").value()).value();
  EXPECT_EQ(alarm.src_id, "camera of t");
  EXPECT_EQ(alarm.scene, scene_);
  ASSERT_EQ(alarm.events.size(), 1U);
  EXPECT_EQ(alarm.events[0].box, (Box{10, 20, 30, 40}));
  EXPECT_EQ(alarm.events[0].extend_json, R"({"VehicleLicense":"京A1"})");
  EXPECT_TRUE(picture::verify_jpeg(alarm.events[0].picture));
  EXPECT_TRUE(wait_for_processed(3));
  EXPECT_EQ(count("stream_logic_alarms_decided_total"), 1);
}

TEST_F(Node, TaskCreatedLaterIsTakenAndDeletedOneIsLeft) {
  const auto node = start("a", metrics_);
  put(plate_task("t"));
  ASSERT_TRUE(wait_for_consumer("t"));
  remove("t");
  EXPECT_TRUE(eventually([&] { return !has_consumer("t"); }));
  EXPECT_EQ(metrics_.gauge("stream_logic_tasks", "").value(), 0);
}

TEST_F(Node, TaskCreatedAnewStartsAfresh) {
  auto record = plate_task("t");
  put(record);
  const auto node = start("a", metrics_);
  ASSERT_TRUE(wait_for_consumer("t"));
  publish(plate_frame("t", 1, "x"));
  ASSERT_TRUE(wait_for_processed(1));
  record.algorithms[0].path_key = "another";
  record.algorithms[0].in_frames = 1;
  put(record);
  // With the new limits a plate alarms at once; that also tells when the new record has arrived.
  std::int64_t id = 1;
  ASSERT_TRUE(eventually([&] {
    ++id;
    publish(plate_frame("t", id, "y" + std::to_string(id)));
    return !alarms().empty();
  }));
  const auto before = alarms().size();
  publish(plate_frame("t", ++id, "x"));
  EXPECT_TRUE(eventually([&] { return alarms().size() > before; }))
      << "x was still remembered from the task before";
}

TEST_F(Node, ChangedReportUrlsForgetNothing) {
  auto record = plate_task("t");
  put(record);
  const auto node = start("a", metrics_);
  ASSERT_TRUE(wait_for_consumer("t"));
  publish(plate_frame("t", 1, "x"));
  ASSERT_TRUE(wait_for_processed(1));
  record.report_urls = {"http://127.0.0.1:9/new"};
  put(record);
  put(plate_task("u"));
  ASSERT_TRUE(wait_for_consumer("u"));  // by then the changed record has arrived, too
  publish(plate_frame("t", 2, "x"));
  ASSERT_TRUE(wait_for_alarms({"t:0:7:2"}));
  EXPECT_EQ(decode<Alarm>(bus_.read_message(topics::kAlarmQueue, "t:0:7:2").value())->report_urls,
            record.report_urls);
}

TEST_F(Node, SlowPictureHoldsUpItsOwnTaskOnlyAndKeepsItsOrder) {
  put(plate_task("slow"));
  put(plate_task("quick"));
  const auto node = start("a", metrics_);
  ASSERT_TRUE(wait_for_consumer("slow") && wait_for_consumer("quick"));
  pictures_.hold(2);
  for (const std::int64_t id : {1, 2}) publish(plate_frame("slow", id, "x"));
  for (const std::int64_t id : {3, 4}) publish(plate_frame("slow", id, "y"));
  for (const std::int64_t id : {5, 6}) publish(plate_frame("quick", id, "z"));
  EXPECT_TRUE(wait_for_alarms({"quick:0:7:6"}));
  EXPECT_TRUE(wait_for_processed(6));
  pictures_.release();
  EXPECT_TRUE(wait_for_alarms({"quick:0:7:6", "slow:0:7:2", "slow:0:7:4"}));
}

TEST_F(Node, AlarmsOutliveAQueueThatDoesNotAnswer) {
  put(plate_task("t"));
  const auto node = start("a", metrics_);
  ASSERT_TRUE(wait_for_consumer("t"));
  bus_.answer_always(bus::EnqueueResult::kUnknown);
  for (const std::int64_t id : {1, 2}) publish(plate_frame("t", id, "x"));
  for (const std::int64_t id : {3, 4}) publish(plate_frame("t", id, "y"));
  ASSERT_TRUE(eventually([&] { return bus_.enqueues() > 1; }));
  EXPECT_TRUE(wait_for_processed(4));
  bus_.calm();
  EXPECT_TRUE(wait_for_alarms({"t:0:7:2", "t:0:7:4"}));
}

TEST_F(Node, AlarmGoesOutWithoutItsPicture) {
  put(plate_task("t"));
  const auto node = start("a", metrics_);
  ASSERT_TRUE(wait_for_consumer("t"));
  for (const std::int64_t id : {1000, 1001}) publish(plate_frame("t", id, "x"));
  ASSERT_TRUE(wait_for_alarms({"t:0:7:1001"}));
  const auto alarm = decode<Alarm>(bus_.read_message(topics::kAlarmQueue, "t:0:7:1001").value()).value();
  EXPECT_TRUE(alarm.picture_lost);
  EXPECT_TRUE(picture::verify_jpeg(alarm.events[0].picture));
}

TEST_F(Node, BadFramesAreCountedAndDropped) {
  put(plate_task("t"));
  const auto node = start("a", metrics_);
  ASSERT_TRUE(wait_for_consumer("t"));
  publish_bytes(topics::frame("t", 0), "rubbish");
  publish_bytes(topics::frame("t", 0), "");
  publish_bytes(topics::frame("t", 0), encode(plate_frame("another", 1, "x")));
  for (const std::int64_t id : {1, 2}) publish(plate_frame("t", id, "x"));
  ASSERT_TRUE(wait_for_alarms({"t:0:7:2"}));
  EXPECT_EQ(count("stream_logic_frames_received_total"), 5);
  EXPECT_EQ(count("stream_logic_frames_processed_total"), 2);
  EXPECT_EQ(count("stream_logic_frames_dropped_total", {{"reason", "malformed"}}), 2);
  EXPECT_EQ(count("stream_logic_frames_dropped_total", {{"reason", "mislabelled"}}), 1);
  const Labels task{{"task", "t"}, {"algorithm", "0"}};
  EXPECT_EQ(count("stream_logic_task_frames_dropped_total", task), 3);
  EXPECT_EQ(count("stream_logic_task_frames_processed_total", task), 2);
}

TEST_F(Node, TwoNodesShareTheTasksAndOneTakesOver) {
  Metrics other_metrics;
  auto first = start("a", metrics_);
  auto second = start("b", other_metrics);
  for (int i = 0; i < 20; ++i) put(plate_task("t" + std::to_string(i)));
  const auto tasks = [](Metrics& metrics) { return metrics.gauge("stream_logic_tasks", "").value(); };
  ASSERT_TRUE(eventually([&] { return tasks(metrics_) + tasks(other_metrics) == 20; }));
  EXPECT_GT(tasks(metrics_), 0);
  EXPECT_GT(tasks(other_metrics), 0);
  second.reset();
  EXPECT_TRUE(eventually([&] { return tasks(metrics_) == 20; }));
}

TEST_F(Node, StoppedNodeSendsWhatItHasDecided) {
  config_.stop_grace = std::chrono::seconds(20);
  put(plate_task("t"));
  auto node = start("a", metrics_);
  ASSERT_TRUE(wait_for_consumer("t"));
  bus_.answer_next(bus::EnqueueResult::kUnknown, 2);
  for (const std::int64_t id : {1, 2}) publish(plate_frame("t", id, "x"));
  ASSERT_TRUE(eventually([&] { return count("stream_logic_alarms_decided_total") == 1; }));
  node.reset();
  EXPECT_EQ(alarms(), Ids{"t:0:7:2"});
  EXPECT_EQ(count("stream_logic_alarms_dropped_total", {{"reason", "stopped"}}), 0);
}

}  // namespace
}  // namespace stream::logic
