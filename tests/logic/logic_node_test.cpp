// One node on the bus in memory.
#include "logic_node.hpp"

#include <gtest/gtest.h>

#include "node_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::logic {
namespace {

class Node : public NodeTest {
 protected:
  // A node that works on this task.
  std::unique_ptr<Running> start_with(const TaskRecord& record) {
    put(record);
    auto running = start("a");
    EXPECT_TRUE(wait_for_consumer(record.task_id));
    return running;
  }

  static bool wait_for_processed(Running& running, double frames) {
    return eventually([&] { return running.count("frames_processed_total") == frames; });
  }

  const Labels task_labels_{{"task", "t"}, {"algorithm", "0"}};
};

TEST_F(Node, ObjectSeenOftenEnoughBecomesAnAlarm) {
  const auto a = start_with(plate_task("t"));
  for (int i = 0; i < 3; ++i) play("t", "A1");
  ASSERT_TRUE(wait_for_alarms({"t:0:A1:1"}));
  const auto made = alarm(0);
  EXPECT_EQ(made.src_id, "camera of t");
  EXPECT_EQ(made.scene, scene_);
  ASSERT_EQ(made.events.size(), 1U);
  EXPECT_EQ(made.events[0].box, (Box{10, 20, 30, 40}));
  EXPECT_EQ(made.events[0].extend_json, R"({"VehicleLicense":"A1"})");
  EXPECT_TRUE(picture::verify_jpeg(made.events[0].picture));
  EXPECT_TRUE(wait_for_processed(*a, 3));
  EXPECT_EQ(a->count("alarms_decided_total"), 1);
  EXPECT_EQ(a->gauge("task_frames_processed", task_labels_), 3);
}

TEST_F(Node, AlarmIsCopiedToItsTopicWhileSomebodyListens) {
  const auto a = start_with(plate_task("t"));
  const auto listener = memory_->make_subscriber({bus::Subscriber::Role::kObserver, 10});
  listener->subscribe(topics::alarm("t", 0));
  for (int i = 0; i < 3; ++i) play("t", "A1");
  const auto copy = listener->receive(std::chrono::seconds(20));
  ASSERT_TRUE(std::holds_alternative<bus::Received>(copy));
  EXPECT_EQ(decode<Alarm>(std::get<bus::Received>(copy).payload).value(), alarm(0));
}

TEST_F(Node, FramesThatDidNotArriveAreFetched) {
  const auto a = start_with(plate_task("t"));
  play("t", "x");
  ASSERT_TRUE(wait_for_processed(*a, 1));
  next_frame("t", "x");  // lost on the way
  play("t", "");
  EXPECT_TRUE(wait_for_alarms({"t:0:x:1"}));
  EXPECT_TRUE(wait_for_processed(*a, 3));
  EXPECT_EQ(a->count("frames_lost_total"), 0);
  EXPECT_EQ(a->count("frames_fetched_total"), 2);
}

TEST_F(Node, EndThatDidNotArriveIsFetched) {
  const auto a = start_with(plate_task("t"));
  play("t", "x");
  ASSERT_TRUE(wait_for_processed(*a, 1));
  next_frame("t", "x");
  EXPECT_TRUE(wait_for_alarms({"t:0:x:1"}));
}

TEST_F(Node, EveryFrameIsProcessedOrCountedAsLost) {
  const auto a = start_with(plate_task("t"));
  play("t", "x");
  ASSERT_TRUE(wait_for_processed(*a, 1));
  for (int i = 0; i < 200; ++i) next_frame("t", "");
  replay_.forget_up_to(120);
  play("t", "x");
  EXPECT_TRUE(wait_for_processed(*a, 1 + 202 - 120));
  EXPECT_EQ(a->count("frames_lost_total"), 119);
  EXPECT_EQ(a->gauge("task_frames_lost", task_labels_), 119);
  EXPECT_EQ(a->gauge("task_frames_processed", task_labels_) + a->gauge("task_frames_lost", task_labels_),
            202);
}

TEST_F(Node, ObjectsOverTheBoundAreCounted) {
  config_.max_objects = 2;
  const auto a = start_with(plate_task("t"));
  for (const std::string plate : {"1", "2", "3"}) play("t", plate);
  ASSERT_TRUE(wait_for_processed(*a, 3));
  EXPECT_EQ(a->count("objects_crowded_out_total"), 1);
}

TEST_F(Node, TaskCreatedLaterIsTakenAndDeletedOneLeavesNothing) {
  const auto a = start("a");
  put(plate_task("t"));
  ASSERT_TRUE(wait_for_consumer("t"));
  EXPECT_TRUE(memory_->get(topics::state_key("t", 0)).value());
  remove("t");
  EXPECT_TRUE(eventually([&] { return !has_consumer("t"); }));
  EXPECT_TRUE(eventually([&] { return !memory_->get(topics::state_key("t", 0)).value(); }));
  EXPECT_EQ(a->gauge("tasks"), 0);
}

TEST_F(Node, AlarmDecidedBeforeTheDeleteStillGoesOut) {
  const auto a = start_with(plate_task("t"));
  pictures_.hold(2);
  for (int i = 0; i < 2; ++i) play("t", "x");
  ASSERT_TRUE(eventually([&] { return a->count("alarms_decided_total") == 1; }));
  remove("t");
  ASSERT_TRUE(eventually([&] { return !has_consumer("t"); }));
  pictures_.release();
  EXPECT_TRUE(wait_for_alarms({"t:0:x:1"}));
  EXPECT_TRUE(eventually([&] { return !memory_->get(topics::state_key("t", 0)).value(); }));
}

TEST_F(Node, StateWhoseTaskIsGoneIsRemoved) {
  OwnedState state;
  state.owner = "dead";
  state.owner_boot = 1;
  AlarmDraft draft;
  draft.alarm.id = "the id";
  draft.alarm.task_id = "gone";
  state.outbox = {{"the id", encode(draft)}, {"unreadable", "rubbish"}};
  ASSERT_TRUE(memory_->cas(topics::state_key("gone", 0), 0, encode(state)).done());
  const auto a = start("a");
  EXPECT_TRUE(eventually([&] { return !memory_->get(topics::state_key("gone", 0)).value(); }));
  ASSERT_EQ(alarms().size(), 1U);
  EXPECT_EQ(alarm(0).task_id, "gone");
  EXPECT_EQ(a->count("alarms_unreadable_total"), 1);
}

TEST_F(Node, TaskCreatedAnewStartsAfresh) {
  auto record = plate_task("t");
  const auto a = start_with(record);
  play("t", "x");
  ASSERT_TRUE(wait_for_processed(*a, 1));
  record.algorithms[0].path_key = "another";
  numbers_["t"] = 0;
  record.report_urls = {"http://127.0.0.1:9/new"};
  put(record);
  put(plate_task("u"));
  ASSERT_TRUE(wait_for_consumer("u"));  // by then the changed record has arrived, too
  play("t", "x");
  ASSERT_TRUE(wait_for_processed(*a, 2)) << "its number had been there before";
  play("t", "x");
  ASSERT_TRUE(wait_for_alarms({"t:0:x:1"}));
  EXPECT_EQ(alarm(0).frame_index, 2) << "x was still remembered from the task before";
}

TEST_F(Node, ChangedReportUrlsForgetNothing) {
  auto record = plate_task("t");
  const auto a = start_with(record);
  play("t", "x");
  ASSERT_TRUE(wait_for_processed(*a, 1));
  record.report_urls = {"http://127.0.0.1:9/new"};
  put(record);
  put(plate_task("u"));
  ASSERT_TRUE(wait_for_consumer("u"));  // by then the changed record has arrived, too
  play("t", "x");
  ASSERT_TRUE(wait_for_alarms({"t:0:x:1"}));
  EXPECT_EQ(alarm(0).report_urls, record.report_urls);
}

TEST_F(Node, SlowPictureHoldsUpItsOwnTaskOnlyAndKeepsItsOrder) {
  put(plate_task("quick"));
  const auto a = start_with(plate_task("slow"));
  ASSERT_TRUE(wait_for_consumer("quick"));
  pictures_.hold(2);
  for (const auto* plate : {"x", "x", "y", "y"}) play("slow", plate);
  for (const auto* plate : {"", "", "", "", "z", "z"}) play("quick", plate);
  EXPECT_TRUE(wait_for_alarms({"quick:0:z:1"}));
  EXPECT_TRUE(wait_for_processed(*a, 10));
  pictures_.release();
  EXPECT_TRUE(wait_for_alarms({"quick:0:z:1", "slow:0:x:1", "slow:0:y:2"}));
}

TEST_F(Node, IngestNodeThatKeepsQuietHoldsUpNoTaskOfAnother) {
  put(plate_task("bright"));
  const auto a = start_with(plate_task("dark"));
  ASSERT_TRUE(wait_for_consumer("bright"));
  const std::string quiet = "127.0.0.1:8";
  pictures_.hold(quiet);
  for (int plate = 1; plate <= 30; ++plate) {
    for (int times = 0; times < 2; ++times) {
      auto frame = next_frame("dark", std::to_string(plate));
      frame.ref.address = quiet;
      std::ignore = publisher_->publish(topics::frame("dark", 0), encode(frame));
    }
  }
  ASSERT_TRUE(eventually([&] { return a->count("alarms_decided_total") == 30; }));
  play_plates("bright", 1, 3);
  EXPECT_TRUE(wait_for_alarms({"bright:0:1:1", "bright:0:2:2", "bright:0:3:3"}));
  EXPECT_EQ(a->count("pictures_lost_total", {{"reason", "unreachable"}}), 0);
  pictures_.release();
  EXPECT_TRUE(eventually([&] { return queue().size() == 33; })) << queue().size();
}

TEST_F(Node, AlarmGoesOutWithoutItsPicture) {
  const auto a = start_with(plate_task("t"));
  pictures_.fail_with(ErrorCode::kNotFound);
  for (int i = 0; i < 2; ++i) play("t", "x");
  ASSERT_TRUE(wait_for_alarms({"t:0:x:1"}));
  EXPECT_TRUE(alarm(0).picture_lost);
  EXPECT_TRUE(picture::verify_jpeg(alarm(0).events[0].picture));
}

TEST_F(Node, AlarmsOutliveAQueueThatDoesNotAnswer) {
  const auto a = start_with(plate_task("t"));
  a->bus.answer_always(bus::EnqueueResult::kUnknown);
  for (const auto* plate : {"x", "x", "y", "y"}) play("t", plate);
  ASSERT_TRUE(eventually([&] { return a->bus.enqueues() > 1; }));
  EXPECT_TRUE(wait_for_processed(*a, 4));
  a->bus.calm();
  EXPECT_TRUE(wait_for_alarms({"t:0:x:1", "t:0:y:2"}));
}

TEST_F(Node, AlarmWithoutAnAnswerIsThereOnce) {
  const auto a = start_with(plate_task("t"));
  a->bus.answer_next(bus::EnqueueResult::kUnknown, 2, true);
  for (int i = 0; i < 2; ++i) play("t", "x");
  ASSERT_TRUE(eventually([&] { return a->count("alarms_enqueued_total") == 1; }));
  EXPECT_EQ(alarms(), Names{"t:0:x:1"});
  EXPECT_EQ(a->bus.enqueues(), 3);
}

TEST_F(Node, FullQueueStopsTheFramesAndLosesNothing) {
  const auto a = start_with(plate_task("t"));
  a->bus.answer_always(bus::EnqueueResult::kFull);
  for (int i = 0; i < 2; ++i) play("t", "x");
  ASSERT_TRUE(eventually([&] { return a->count("enqueue_repeats_total", {{"reason", "full"}}) > 0; }));
  play_plates("t", 1, 5);
  a->bus.calm();
  EXPECT_TRUE(wait_for_alarms({"t:0:x:1", "t:0:1:2", "t:0:2:3", "t:0:3:4", "t:0:4:5", "t:0:5:6"}));
  EXPECT_EQ(a->gauge("task_frames_lost", task_labels_), 0);
}

TEST_F(Node, WithoutTheBrokerItGoesOnUntilTooManyAlarmsArePending) {
  const auto a = start_with(plate_task("t"));
  ASSERT_TRUE(wait_for_consumer("t"));
  a->bus.cut_off();
  play_plates("t", 1, 100);
  ASSERT_TRUE(eventually([&] { return a->count("alarms_decided_total") == 64; }));
  EXPECT_FALSE(a->node->not_ready().empty());
  a->bus.calm();
  Names all;
  for (int i = 1; i <= 100; ++i) all.push_back("t:0:" + std::to_string(i) + ":" + std::to_string(i));
  EXPECT_TRUE(wait_for_alarms(all));
  EXPECT_EQ(a->gauge("task_frames_processed", task_labels_), 300);
  EXPECT_EQ(a->gauge("task_frames_lost", task_labels_), 0);
  EXPECT_EQ(a->count("tasks_lost_total"), 0);
}

TEST_F(Node, AlarmsThatFindNoRoomAreMadeAgain) {
  config_.max_held_mib = 1;
  const std::string large = make_noise_jpeg(1000, 1000);
  ASSERT_GT(large.size(), 600U << 10U);
  for (std::uint64_t i = 0; i < 20; ++i) pictures_.put_scene(i, large);
  const auto a = start_with(plate_task("t"));
  a->bus.answer_always(bus::EnqueueResult::kFull);
  for (const auto* plate : {"x", "x", "y", "y", "z", "z"}) play("t", plate);
  ASSERT_TRUE(eventually([&] { return a->count("enqueue_repeats_total", {{"reason", "full"}}) > 0; }));
  a->bus.calm();
  EXPECT_TRUE(wait_for_alarms({"t:0:x:1", "t:0:y:2", "t:0:z:3"}));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(alarm(i).picture_lost);
  EXPECT_TRUE(eventually([&] { return a->gauge("held_bytes") == 0; }));
}

TEST_F(Node, StoppedNodeSendsWhatItHasDecided) {
  config_.stop_grace = std::chrono::seconds(20);
  const auto a = start_with(plate_task("t"));
  pictures_.hold(2);
  for (int i = 0; i < 2; ++i) play("t", "x");
  ASSERT_TRUE(eventually([&] { return a->count("alarms_decided_total") == 1; }));
  std::thread stopping([&] { a->node.reset(); });
  ASSERT_TRUE(eventually([&] { return !has_consumer("t"); }));
  pictures_.release();
  stopping.join();
  EXPECT_EQ(alarms(), Names{"t:0:x:1"});
  const auto left = decode<OwnedState>(memory_->get(topics::state_key("t", 0)).value()->value).value();
  EXPECT_EQ(left.owner, "");
  EXPECT_TRUE(left.outbox.empty());
  EXPECT_EQ(decode<LogicState>(left.state).value().processed, 2U);
}

}  // namespace
}  // namespace stream::logic
