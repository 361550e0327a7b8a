#include "task.hpp"

#include <gtest/gtest.h>

namespace stream::logic {
namespace {

TaskRecord record() {
  TaskRecord record;
  record.task_id = "任务1";
  record.src_id = "camera";
  record.report_urls = {"http://127.0.0.1:1/upload"};
  record.report_policy = "failover";
  AlgorithmSpec spec;
  spec.type = 16;
  spec.name = "license_plate_recognition";
  spec.path_key = "k1";
  spec.sample_interval = 3;
  spec.logic_json = R"({"object": {"from": "sub_objects", "key": "label"},
                        "rules": {"seen": {"in_frames": 2, "out_frames": 7}}})";
  record.algorithms = {spec, spec};
  return record;
}

std::string refusal(const TaskRecord& record) {
  const auto task = make_task(record, 1, 100);
  EXPECT_FALSE(task);
  return task ? "" : task.error().message;
}

TEST(Task, HasWhatTheRecordSays) {
  const auto task = make_task(record(), 1, 100).value();
  EXPECT_EQ(task.task_id, "任务1");
  EXPECT_EQ(task.src_id, "camera");
  EXPECT_EQ(task.algorithm, 1U);
  EXPECT_EQ(task.type, 16);
  EXPECT_EQ(task.options, (decision::DeciderOptions{3, 100}));
  EXPECT_EQ(task.logic.rules.seen, (manifest::SeenRule{2, 7}));
  EXPECT_EQ(task.logic.object.from, manifest::ObjectList::kSubObjects);
  EXPECT_EQ(task.report_urls, record().report_urls);
  EXPECT_EQ(task.report_policy, "failover");
}

TEST(Task, WrongRecordIsRefusedWithThePlace) {
  auto wrong = record();
  wrong.algorithms[1].sample_interval = -1;
  EXPECT_EQ(refusal(wrong),
            "algorithms[1] (license_plate_recognition): sample_interval: found -1, expected 1 to 4294967295");
  wrong = record();
  wrong.algorithms[1].logic_json = "{}";
  EXPECT_EQ(refusal(wrong),
            "algorithms[1] (license_plate_recognition): logic: /object: found nothing, expected an object");
  wrong = record();
  wrong.task_id.clear();
  EXPECT_NE(refusal(wrong).find("task_id"), std::string::npos);
}

TEST(Task, MemoryHoldsWithinOneLifeAndTheSameWayOfCountingOnly) {
  const auto before = make_task(record(), 0, 100).value();
  auto after = before;
  after.report_urls.clear();
  after.logic.event.crop = manifest::Crop::kBox;
  after.options.max_objects = 5;  // may differ from node to node
  after.logic.rules.seen.out_frames = 1;
  after.logic.rules.alarm_interval = manifest::FramesRule{100};
  EXPECT_EQ(counting_of(before), counting_of(after));
  after.options.sample_interval = 2;
  EXPECT_NE(counting_of(before), counting_of(after));
  after = before;
  after.logic.object.key = manifest::ObjectKey::kIndex;
  EXPECT_NE(counting_of(before), counting_of(after));
}

TEST(Task, ItsSourceNamesItsLife) {
  TaskRecord made = record();
  const auto source = [&] { return make_task(made, 0, 100).value().source; };
  const auto first = source();
  made.report_urls.clear();
  made.algorithms[0].logic_json = R"({"object": {"from": "tracks", "key": "track_id"}})";
  EXPECT_EQ(source(), first);
  made.algorithms[0].path_key = "k2";
  EXPECT_NE(source(), first);
  made.algorithms[0].life = 7;
  EXPECT_EQ(source(), 7U);
}

TEST(Task, HashesAreTheSameOnEveryMachine) {
  EXPECT_EQ(source_of("k1"), 0x08be0f07b56224c1U);
}

}  // namespace
}  // namespace stream::logic
