// The decision against recorded frames: the same alarms, in the same frames, with the same boxes, in order.
#include <gtest/gtest.h>

#include <optional>
#include <ostream>

#include "corpus.hpp"
#include "stream/decision/decider.hpp"
#include "stream/decision/objects.hpp"

namespace stream::decision {
namespace {

using manifest::ObjectKey;
using manifest::ObjectList;

struct Case {
  std::string recording, oracle;  // the oracle's name up to ".n3_m5"
  std::string suffix;             // and after it
  ObjectList from;
  ObjectKey key;
  std::int64_t sample_interval;
  std::optional<int> channel;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.oracle << c.suffix;
}

struct Limits {
  std::int32_t in_frames, out_frames;
};

std::ostream& operator<<(std::ostream& out, const Limits& limits) {
  return out << "n" << limits.in_frames << "_m" << limits.out_frames;
}

using Parameter = std::tuple<Case, Limits>;

std::vector<ExpectedAlarm> decide(const std::vector<RecordedFrame>& frames, const Case& c,
                                  const Limits& limits) {
  manifest::LogicPart part;
  part.object = {c.from, c.key};
  part.rules.seen = {limits.in_frames, limits.out_frames};
  auto decider = Decider::make(part, {c.sample_interval}).value();
  std::vector<ExpectedAlarm> alarms;
  for (const auto& [line, meta] : frames) {
    if (c.channel && meta.channel != *c.channel) continue;
    for (const auto& alarm : decider.next_frame(meta)) {
      alarms.push_back({line, meta.frame_id, alarm.key, box_of(meta, part.object, alarm.object).value()});
    }
  }
  return alarms;
}

class Oracle : public ::testing::TestWithParam<Parameter> {};

TEST_P(Oracle, AlarmsAreExactlyTheExpectedOnes) {
  const auto dir = corpus_dir();
  if (!dir) GTEST_SKIP() << "no recordings here: set STREAM_SHARED_DIR";
  const auto& [c, limits] = GetParam();
  const auto name =
      c.oracle + ".n" + std::to_string(limits.in_frames) + "_m" + std::to_string(limits.out_frames);
  const auto expected = read_oracle(*dir, name + c.suffix);
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(decide(read_recording(*dir, c.recording), c, limits), expected);
}

Case recording(const std::string& kind, const std::string& size, ObjectList from, ObjectKey key,
               const std::string& suffix = "") {
  return {kind + "_" + size, kind + "_" + size, suffix, from, key, size == "1920x1080" ? 3 : 1, std::nullopt};
}

Case camera(int channel, ObjectList from, ObjectKey key) {
  return {"mixed_768x576", "mixed_768x576.ch" + std::to_string(channel), "", from, key, 1, channel};
}

std::vector<Case> cases() {
  std::vector<Case> all{camera(0, ObjectList::kSubObjects, ObjectKey::kLabel),
                        camera(1, ObjectList::kTracks, ObjectKey::kTrackId),
                        camera(3, ObjectList::kDetections, ObjectKey::kClass)};
  for (const std::string size : {"768x576", "1920x1080"}) {
    all.push_back(recording("license_plate", size, ObjectList::kSubObjects, ObjectKey::kLabel));
    all.push_back(recording("license_area", size, ObjectList::kSubObjects, ObjectKey::kLabel, ".byframeid"));
    all.push_back(recording("tripwire", size, ObjectList::kTracks, ObjectKey::kTrackId));
    all.push_back(recording("yolov5", size, ObjectList::kDetections, ObjectKey::kClass));
  }
  return all;
}

std::string name_of(const ::testing::TestParamInfo<Parameter>& parameter) {
  const auto& [c, limits] = parameter.param;
  std::string name;
  for (const char letter : c.oracle) name += std::isalnum(letter) ? letter : '_';
  return name + "_n" + std::to_string(limits.in_frames) + "_m" + std::to_string(limits.out_frames);
}

INSTANTIATE_TEST_SUITE_P(Recordings, Oracle,
                         ::testing::Combine(::testing::ValuesIn(cases()),
                                            ::testing::Values(Limits{3, 5}, Limits{1, 1000}, Limits{5, 2})),
                         name_of);

TEST(Poses, BoxesAreTheExpectedOnes) {
  const auto dir = corpus_dir();
  if (!dir) GTEST_SKIP() << "no recordings here: set STREAM_SHARED_DIR";
  const manifest::ObjectSpec poses{ObjectList::kPoses, ObjectKey::kClass};
  for (const std::string name : {"openpose_768x576", "openpose_1920x1080"}) {
    std::vector<ExpectedAlarm> found;
    for (const auto& [line, meta] : read_recording(*dir, name)) {
      for (std::size_t i = 0; i < meta.poses.size(); ++i) {
        found.push_back({line, meta.frame_id, "", box_of(meta, poses, i).value()});
      }
    }
    EXPECT_EQ(found, read_oracle(*dir, name + ".each"));
  }
}

}  // namespace
}  // namespace stream::decision
