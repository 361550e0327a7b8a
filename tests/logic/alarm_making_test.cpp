// From a decision to a complete alarm.
#include "alarm_draft.hpp"
#include "alarm_pictures.hpp"

#include <gtest/gtest.h>

#include <future>

#include "fakes.hpp"
#include "stream/decision/objects.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::logic {
namespace {

class AlarmBuilding : public ::testing::Test {
 protected:
  // Two plates; the second has no crop of its own.
  AlarmBuilding() {
    task_.task_id = "门口 1";
    task_.src_id = "camera";
    task_.algorithm = 1;
    task_.type = 16;
    task_.report_urls = {"http://127.0.0.1:9/a", "http://127.0.0.1:9/b"};
    task_.report_policy = "all";
    task_.logic.object.from = manifest::ObjectList::kSubObjects;
    task_.logic.object.key = manifest::ObjectKey::kLabel;
    task_.logic.event.crop = manifest::Crop::kSubObject;
    task_.logic.event.extend = {{"VehicleLicense",
                                 manifest::JsonPath::parse("/label").value(),
                                 {},
                                 {},
                                 manifest::ValueFormat::kJson,
                                 0}};
    frame_.task_id = task_.task_id;
    frame_.algorithm = 1;
    frame_.ref = {"127.0.0.1:9", 77, 5};
    frame_.frame_id = 1234;
    frame_.timestamp_us = 99;
    frame_.width = 640;
    frame_.height = 480;
    frame_.detections = {{{100, 100, 60, 20}, 0, "", 0.5F}, {{600, 460, 30, 10}, 0, "", 0.5F}};
    frame_.sub_objects = {{"京A1", true}, {"京B2", false}};
    pictures_.put_scene(5, scene_);
    pictures_.put_sub_object(5, 0, crop_);
  }

  Alarm build(const std::vector<std::size_t>& objects = {0, 1}) {
    Decision decided{"the id", 4242, {}};
    const auto keys = decision::keys_in(frame_, task_.logic.object);
    for (const auto object : objects) decided.objects.push_back({object, keys[object]});
    const auto draft = draft_alarm(task_, frame_, decided, max_events_, counters_);
    return fill(decode<AlarmDraft>(encode(draft)).value());
  }

  Alarm fill(const AlarmDraft& draft) {
    const AlarmPictures filler(pictures_, pool_, counters_, limits_);
    const auto filled = std::make_shared<std::promise<Alarm>>();
    filler.fill(draft, [filled](Alarm alarm) { filled->set_value(std::move(alarm)); });
    return filled->get_future().get();
  }

  static picture::Size size_of(const std::string& jpeg) {
    const auto size = picture::inspect_jpeg(jpeg);
    EXPECT_TRUE(size && picture::verify_jpeg(jpeg)) << "not a picture";
    return size.value_or(picture::Size{});
  }

  const std::string scene_ = make_jpeg(640, 480);
  const std::string crop_ = make_jpeg(60, 20);
  Task task_;
  FrameMeta frame_;
  FakePictures pictures_;
  Metrics metrics_;
  Counters counters_{metrics_};
  PictureLimits limits_;
  std::size_t max_events_ = 256;
  FetchPool pool_{4};
};

TEST_F(AlarmBuilding, AlarmIsComplete) {
  const auto alarm = build();
  EXPECT_EQ(alarm.id, "the id");
  EXPECT_EQ(alarm.task_id, "门口 1");
  EXPECT_EQ(alarm.src_id, "camera");
  EXPECT_EQ(alarm.algorithm, 1U);
  EXPECT_EQ(alarm.frame_index, 1234);
  EXPECT_EQ(alarm.timestamp_us, 99);
  EXPECT_EQ(alarm.decided_us, 4242);
  EXPECT_EQ(alarm.report_urls, task_.report_urls);
  EXPECT_EQ(alarm.report_policy, "all");
  EXPECT_EQ(alarm.scene, scene_);
  EXPECT_FALSE(alarm.picture_lost);
  ASSERT_EQ(alarm.events.size(), 2U);
  EXPECT_EQ(alarm.events[0].type, 16);
  EXPECT_EQ(alarm.events[0].box, (Box{100, 100, 60, 20}));
  EXPECT_EQ(alarm.events[0].extend_json, R"({"VehicleLicense":"京A1"})");
  EXPECT_EQ(alarm.events[0].key, "京A1");
}

TEST_F(AlarmBuilding, SubObjectsCropIsUsedElseASquareOfTheScene) {
  const auto alarm = build();
  EXPECT_EQ(alarm.events[0].picture, crop_);
  EXPECT_EQ(size_of(alarm.events[1].picture), (picture::Size{70, 70}));
}

TEST_F(AlarmBuilding, BadCropIsReplacedByASquare) {
  pictures_.put_sub_object(5, 0, crop_.substr(0, crop_.size() / 2));
  EXPECT_EQ(size_of(build({0}).events[0].picture), (picture::Size{100, 100}));
  EXPECT_EQ(counters_.pictures_invalid.value(), 1);
}

TEST_F(AlarmBuilding, GoneFrameGivesAValidAlarmThatSaysSo) {
  frame_.ref.sequence = 6;
  const auto alarm = build();
  EXPECT_TRUE(alarm.picture_lost);
  EXPECT_EQ(alarm.scene, picture::placeholder_jpeg());
  ASSERT_EQ(alarm.events.size(), 2U);
  for (const auto& event : alarm.events) EXPECT_EQ(event.picture, picture::placeholder_jpeg());
  EXPECT_EQ(alarm.events[1].box, (Box{600, 460, 30, 10}));
  EXPECT_EQ(counters_.pictures_gone.value(), 2);
  EXPECT_EQ(counters_.alarms_without_scene.value(), 1);
}

TEST_F(AlarmBuilding, SilentIngestNodeIsCountedApart) {
  pictures_.fail_with(ErrorCode::kUnavailable);
  EXPECT_TRUE(build().picture_lost);
  EXPECT_EQ(counters_.pictures_unreachable.value(), 2);
  EXPECT_EQ(counters_.pictures_gone.value(), 0);
}

TEST_F(AlarmBuilding, DamagedSceneIsAPlaceholder) {
  for (const auto& damaged :
       {std::string("no picture"), scene_.substr(0, scene_.size() - 2), scene_.substr(0, 700)}) {
    pictures_.put_scene(5, damaged);
    const auto alarm = build();
    EXPECT_TRUE(alarm.picture_lost);
    EXPECT_EQ(alarm.scene, picture::placeholder_jpeg());
  }
  EXPECT_EQ(counters_.pictures_invalid.value(), 3);
}

TEST_F(AlarmBuilding, PicturesOverTheLimitArePlaceholders) {
  limits_.max_bytes = scene_.size() + 10;
  const auto alarm = build();
  EXPECT_EQ(alarm.scene, scene_);
  EXPECT_EQ(alarm.events[1].picture, picture::placeholder_jpeg());
  EXPECT_GE(counters_.pictures_too_large.value(), 2);
}

TEST_F(AlarmBuilding, EventsOverTheLimitAreLeftOutAndCounted) {
  max_events_ = 1;
  EXPECT_EQ(build().events.size(), 1U);
  EXPECT_EQ(counters_.events_left_out.value(), 1);
}

TEST_F(AlarmBuilding, ObjectOfUnknownPlaceHasTheWholePicture) {
  frame_.detections.pop_back();
  auto alarm = build({1});
  EXPECT_EQ(alarm.events[0].box, (Box{0, 0, 640, 480}));
  EXPECT_EQ(counters_.boxes_unknown.value(), 1);
  frame_.width = frame_.height = 0;
  alarm = build({1});
  EXPECT_EQ(alarm.events[0].box, (Box{0, 0, 640, 480}));
  EXPECT_EQ(size_of(alarm.events[0].picture), (picture::Size{640, 480}));
}

TEST_F(AlarmBuilding, PoseIsDrawnOnItsSquare) {
  task_.logic = {};
  task_.logic.object.from = manifest::ObjectList::kPoses;
  task_.logic.event.crop = manifest::Crop::kSquare;
  frame_.poses = {{{300, 200, 0.9F, 340, 300, 0.9F}}};
  const auto plain = build({0}).events[0].picture;
  task_.logic.event.crop = manifest::Crop::kPose;
  const auto alarm = build({0});
  EXPECT_EQ(alarm.events[0].box, (Box{290, 190, 60, 120}));
  ASSERT_EQ(size_of(alarm.events[0].picture), (picture::Size{160, 160}));
  // The first point, 300,200 in the scene, where the square starts at 240,170.
  auto drawn = picture::decode_jpeg(alarm.events[0].picture).value();
  EXPECT_GT(drawn.at(60, 30)[0], 150);
  EXPECT_LT(picture::decode_jpeg(plain).value().at(60, 30)[0], 100);
}

TEST_F(AlarmBuilding, BoxOutsideThePictureStillGivesAPicture) {
  frame_.detections[1].box = {2147483647, -2147483648, 2147483647, 2147483647};
  const auto alarm = build({1});
  EXPECT_GT(size_of(alarm.events[0].picture).width, 0);
  EXPECT_LE(std::int64_t{alarm.events[0].box.x} + alarm.events[0].box.width, 2147483647);
}

TEST_F(AlarmBuilding, CropIsUsedAlsoWithoutAScene) {
  pictures_.put_scene(5, "no picture");
  const auto alarm = build({0});
  EXPECT_TRUE(alarm.picture_lost);
  EXPECT_EQ(alarm.events[0].picture, crop_);
}

TEST_F(AlarmBuilding, PicturesAreFetchedAtTheSameTime) {
  frame_.sub_objects[1].has_picture = true;
  pictures_.put_sub_object(5, 1, crop_);
  pictures_.wait_for_each_other(3);
  const auto alarm = build();
  EXPECT_FALSE(alarm.picture_lost);
  EXPECT_EQ(alarm.events[1].picture, crop_);
}

TEST(AlarmId, NamesTheEpisodeOfALife) {
  Task task;
  task.task_id = "a:b";
  task.algorithm = 1;
  LogicState state;
  state.life = "f00d";
  state.episodes = 7;
  EXPECT_EQ(alarm_id(task, "京A", state), "a%3Ab:1:%E4%BA%ACA:f00d-7");
  EXPECT_EQ(alarm_id(task, std::string(200, 'x'), state), "a%3Ab:1:" + std::string(40, 'x') + ":f00d-7");
}

}  // namespace
}  // namespace stream::logic
