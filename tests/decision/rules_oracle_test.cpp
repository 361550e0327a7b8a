// RuleChain on recorded frames, against the alarms that others have worked out: the recordings' own oracles
// for n and m, and for everything else tests/decision/oracles/rules_oracle.py, which knows docs/rules.md but
// not this code.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "corpus.hpp"
#include "random_scene.hpp"
#include "rule_chain.hpp"
#include "stream/common/process.hpp"
#include "stream/decision/objects.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::decision {
namespace {

using manifest::ObjectKey;
using manifest::ObjectList;
using nlohmann::json;

constexpr std::int64_t kFirstReceived_us = 1'800'000'000'000'000;
constexpr std::int64_t kReceivedStep_us = 40'000;

struct Case {
  std::string name;
  std::string recording;
  ObjectList from = ObjectList::kTracks;
  std::size_t least_alarms = 1;  // that the oracle must find, or the case proves nothing
  RuleSpec spec;
  std::int64_t zero_timestamp_every = 0;  // lines
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.name;
}

// As the oracle prints it: line, frame id, key, box, stay, away, count, area, line.
using Alarms = std::vector<json>;

std::vector<ObjectView> views(const FrameMeta& frame, const manifest::ObjectSpec& spec,
                              const std::vector<std::string>& keys) {
  std::vector<ObjectView> objects;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto* detection = detection_of(frame, spec, i);
    objects.push_back({keys[i], box_of(frame, spec, i), detection ? detection->class_id : -1,
                       detection ? detection->score : 0});
  }
  return objects;
}

manifest::ObjectSpec object_of(ObjectList from) {
  manifest::ObjectSpec spec;
  spec.from = from;
  spec.key = from == ObjectList::kTracks       ? ObjectKey::kTrackId
             : from == ObjectList::kSubObjects ? ObjectKey::kLabel
                                               : ObjectKey::kClass;
  return spec;
}

Alarms decide(const std::vector<RecordedFrame>& frames, const Case& c) {
  auto chain = RuleChain::make(c.spec).value();
  const auto spec = object_of(c.from);
  Alarms alarms;
  for (const auto& [line, meta] : frames) {
    const auto keys = keys_in(meta, spec);
    const auto objects = views(meta, spec, keys);
    const bool without_time = c.zero_timestamp_every > 0 && line % c.zero_timestamp_every == 0;
    const FrameView view{meta.frame_id,
                         without_time ? 0 : meta.timestamp_us,
                         kFirstReceived_us + line * kReceivedStep_us,
                         {meta.width, meta.height},
                         objects};
    for (const auto& alarm : chain.next_frame(view)) {
      const auto box = objects[alarm.object].box.value_or(Box{});
      alarms.push_back({line,
                        meta.frame_id,
                        alarm.key,
                        {box.x, box.y, box.width, box.height},
                        alarm.stay_us,
                        alarm.away_us,
                        alarm.count,
                        alarm.area ? *alarm.area + 1 : 0,
                        alarm.line ? *alarm.line + 1 : 0});
    }
  }
  return alarms;
}

json points(const std::vector<Point>& all) {
  auto list = json::array();
  for (const auto& p : all) list.push_back({p.x, p.y});
  return list;
}

// Coordinates are whole numbers here: the oracle reckons with fractions.
std::string text_of(const Case& c) {
  const auto& s = c.spec;
  auto areas = json::array();
  for (const auto& area : s.areas) areas.push_back(points(area));
  auto lines = json::array();
  for (const auto& line : s.lines) {
    lines.push_back(points({line.start, line.end, line.direction_start, line.direction_end}));
  }
  json scores;
  if (s.scores) {
    scores = {{"others", s.scores->others}, {"by_class", json::object()}};
    for (const auto& [id, limit] : s.scores->by_class) scores["by_class"][std::to_string(id)] = limit;
  }
  const auto* from = c.from == ObjectList::kTracks       ? "tracks"
                     : c.from == ObjectList::kSubObjects ? "sub_objects"
                                                         : "detections";
  return json{{"from", from},
              {"identity", s.identity == Identity::kIou ? "iou" : "key"},
              {"iou_min", s.iou_min},
              {"sample_interval", s.sample_interval},
              {"n", s.in_frames},
              {"m", s.out_frames},
              {"first_received_us", kFirstReceived_us},
              {"received_step_us", kReceivedStep_us},
              {"zero_timestamp_every", c.zero_timestamp_every},
              {"drawn", {s.drawn.width, s.drawn.height}},
              {"anchor", s.anchor == Anchor::kCentre ? "centre" : "bottom_centre"},
              {"size", s.size ? json{s.size->min_px, s.size->max_px} : json()},
              {"areas", areas},
              {"min_overlap", s.min_overlap},
              {"min_count", s.min_count},
              {"track_interval", s.track_interval},
              {"scores", scores},
              {"stay_us", s.stay_us},
              {"leave_us", s.leave_us},
              {"lines", lines},
              {"hysteresis_px", s.hysteresis_px},
              {"alarm_interval", s.alarm_interval}}
      .dump();
}

Alarms ask_oracle(const std::filesystem::path& recording, const Case& c) {
  const test::TemporaryFolder folder;
  const auto output = folder.path() / "alarms";
  ProcessOptions options;
  options.arguments = {"/usr/bin/python3", STREAM_SOURCE_DIR "/tests/decision/oracles/rules_oracle.py",
                       recording.string(), text_of(c)};
  options.output_file = output;
  auto oracle = Process::start(options).value();
  const auto ended = oracle.wait(std::chrono::seconds(50));
  std::ifstream in(output);
  std::ostringstream said;
  said << in.rdbuf();
  if (!ended || !ended->clean()) throw std::runtime_error("the oracle failed: " + said.str());
  Alarms alarms;
  std::istringstream lines(said.str());
  for (std::string line; std::getline(lines, line);) alarms.push_back(json::parse(line));
  return alarms;
}

class RulesOracle : public ::testing::TestWithParam<Case> {};

TEST_P(RulesOracle, AlarmsAreExactlyTheExpectedOnes) {
  const auto dir = corpus_dir();
  if (!dir) GTEST_SKIP() << "no recordings here: set STREAM_SHARED_DIR";
  const auto& c = GetParam();
  const auto expected = ask_oracle(*dir / (c.recording + ".tmpl.gz"), c);
  EXPECT_GE(expected.size(), c.least_alarms);
  EXPECT_EQ(decide(read_recording(*dir, c.recording), c), expected);
}

RuleSpec basic(std::int64_t sample_interval = 1) {
  RuleSpec spec;
  spec.sample_interval = sample_interval;
  return spec;
}

const std::vector<Point> kMiddle{{96, 72}, {672, 72}, {672, 504}, {96, 504}};
const std::vector<Point> kNotched{{150, 100}, {600, 120}, {580, 420}, {380, 200}, {120, 460}};
const std::vector<Point> kBowTie{{100, 100}, {650, 500}, {650, 100}, {100, 500}};
const LineSpec kUpright{{384, 72}, {384, 504}, {}, {}};
const LineSpec kToTheRight{{384, 72}, {384, 504}, {192, 288}, {576, 288}};
const LineSpec kToTheLeft{{384, 72}, {384, 504}, {576, 288}, {192, 288}};
const LineSpec kSlanting{{200, 420}, {640, 150}, {300, 100}, {500, 400}};

template <class Change>
Case on_tracks(const std::string& name, std::size_t least_alarms, Change change, bool large = false) {
  Case c{name, large ? "tripwire_1920x1080" : "tripwire_768x576", ObjectList::kTracks, least_alarms,
         basic(large ? 3 : 1)};
  change(c.spec);
  return c;
}

std::vector<Case> cases() {
  std::vector<Case> all{
      on_tracks("AreaByAnchor", 10, [](RuleSpec& s) { s.areas = {kNotched}; }),
      on_tracks("AreaByCentre", 10, [](RuleSpec& s) { s.areas = {kNotched}, s.anchor = Anchor::kCentre; }),
      on_tracks("AreaByShare", 10, [](RuleSpec& s) { s.areas = {kNotched}, s.min_overlap = 0.6; }),
      on_tracks("AreaThatCrossesItself", 10, [](RuleSpec& s) { s.areas = {kBowTie}; }),
      on_tracks("AreasSomeOfThemNone", 10,
                [](RuleSpec& s) {
                  s.areas = {{}, kNotched, {{5, 5}, {9, 9}}, kBowTie};
                }),
      on_tracks(
          "AreaDrawnOnASmallerPicture", 10,
          [](RuleSpec& s) {
            s.areas = {kNotched}, s.drawn = {768, 576};
          },
          true),
      on_tracks(
          "AreaShareOnASmallerPicture", 10,
          [](RuleSpec& s) {
            s.areas = {kNotched}, s.drawn = {768, 576}, s.min_overlap = 0.5;
          },
          true),
      on_tracks("WholeFrame", 50,
                [](RuleSpec& s) {
                  s.areas = {{{0, 0}, {768, 0}, {768, 576}, {0, 576}}};
                }),
      on_tracks("Count", 3,
                [](RuleSpec& s) {
                  s.areas = {kNotched, kMiddle}, s.min_count = 4;
                }),
      on_tracks("Size", 5,
                [](RuleSpec& s) {
                  s.size = SizeLimits{35, 100};
                }),
      on_tracks("LineBothWays", 5, [](RuleSpec& s) { s.lines = {kUpright}; }),
      on_tracks("LineToTheRight", 3, [](RuleSpec& s) { s.lines = {kToTheRight}; }),
      on_tracks("LineToTheLeft", 1, [](RuleSpec& s) { s.lines = {kToTheLeft}; }),
      on_tracks("LineWithoutHysteresis", 5,
                [](RuleSpec& s) { s.lines = {kUpright}, s.hysteresis_px = 0, s.in_frames = 1; }),
      on_tracks("LineSlanting", 2, [](RuleSpec& s) { s.lines = {kSlanting}, s.hysteresis_px = 2.5; }),
      on_tracks("LinesInAnArea", 2,
                [](RuleSpec& s) {
                  s.lines = {{}, kSlanting, kUpright}, s.areas = {kMiddle}, s.out_frames = 15;
                }),
      on_tracks(
          "LineDrawnOnASmallerPicture", 3,
          [](RuleSpec& s) {
            s.lines = {kUpright, kSlanting}, s.drawn = {768, 576};
          },
          true),
      on_tracks(
          "LineAndAlarmInterval", 3,
          [](RuleSpec& s) {
            s.lines = {kUpright, kSlanting}, s.hysteresis_px = 0, s.alarm_interval = 60, s.in_frames = 1;
          }),
      on_tracks("LineWaitsForTrackInterval", 3,
                [](RuleSpec& s) { s.lines = {kUpright}, s.track_interval = 40, s.out_frames = 12; }),
      on_tracks("TrackInterval", 10, [](RuleSpec& s) { s.track_interval = 20; }),
      on_tracks("AlarmInterval", 30,
                [](RuleSpec& s) { s.in_frames = 1, s.out_frames = 1, s.alarm_interval = 25; }),
      on_tracks("AlarmIntervalInAnArea", 10,
                [](RuleSpec& s) {
                  s.areas = {kNotched}, s.in_frames = 2, s.out_frames = 2, s.alarm_interval = 40;
                }),
      on_tracks("Threshold", 10,
                [](RuleSpec& s) {
                  s.scores = ScoreLimits{0.5, {{0, 0.8}}};
                }),
      on_tracks("Stay", 5, [](RuleSpec& s) { s.stay_us = 2'000'000; }),
      on_tracks("StayInAnAreaWithLeaveTime", 3,
                [](RuleSpec& s) { s.areas = {kNotched}, s.stay_us = 1'500'000, s.leave_us = 600'000; }),
      on_tracks("ClientDefaults", 3,
                [](RuleSpec& s) {
                  s.track_interval = 20, s.alarm_interval = 300, s.size = SizeLimits{30, 250};
                }),
      on_tracks(
          "Everything", 1,
          [](RuleSpec& s) {
            s.areas = {kMiddle}, s.drawn = {768, 576}, s.lines = {kUpright, kSlanting}, s.out_frames = 10;
            s.size = SizeLimits{20, 300}, s.scores = ScoreLimits{0.6, {}}, s.track_interval = 5;
            s.stay_us = 300'000, s.leave_us = 2'000'000, s.alarm_interval = 50, s.min_count = 2;
          }),
  };
  auto clock = on_tracks("StayWithTimestampsMissing", 5, [](RuleSpec& s) { s.stay_us = 2'000'000; });
  clock.zero_timestamp_every = 3;
  all.push_back(clock);
  for (const bool large : {false, true}) {
    const std::string size = large ? "1920x1080" : "768x576";
    auto spec = basic(large ? 3 : 1);
    spec.identity = Identity::kIou;
    all.push_back({"IdentityByPlace" + size, "yolov5_" + size, ObjectList::kDetections, 15, spec});
    spec.iou_min = 0.2;
    spec.out_frames = 10;
    spec.lines = {kUpright, kSlanting};
    spec.drawn = {768, 576};
    all.push_back({"IdentityByPlaceCrossing" + size, "yolov5_" + size, ObjectList::kDetections, 4, spec});
    for (const auto& [recording, from] :
         {std::pair{"yolov5_", ObjectList::kDetections}, std::pair{"tripwire_", ObjectList::kTracks}}) {
      auto place = basic(large ? 3 : 1);
      place.identity = Identity::kIou;
      place.out_frames = 1;
      const auto add = [&](const std::string& rules, std::size_t least_alarms, auto change) {
        auto changed = place;
        change(changed);
        all.push_back({fmt::format("{}ByPlaceWith{}", recording, rules) + size, recording + size, from,
                       least_alarms, changed});
      };
      add("AlarmInterval", 5, [](RuleSpec& s) { s.in_frames = 1, s.alarm_interval = 60; });
      add("LeaveTime", 3, [](RuleSpec& s) { s.stay_us = 1'500'000, s.leave_us = 600'000; });
      add("Both", 3, [](RuleSpec& s) {
        s.stay_us = 1'000'000, s.leave_us = 400'000, s.alarm_interval = 50, s.areas = {kMiddle};
        s.drawn = {768, 576};
      });
      add("BothAndScores", 3, [](RuleSpec& s) {
        s.scores = ScoreLimits{0.5, {}}, s.leave_us = 400'000, s.alarm_interval = 40;
      });
      add("BothAndLines", 1, [](RuleSpec& s) {
        s.lines = {kUpright, kSlanting}, s.drawn = {768, 576}, s.iou_min = 0.2;
        s.leave_us = 400'000, s.alarm_interval = 60;
      });
    }
    auto by_class = basic(large ? 3 : 1);
    by_class.lines = {kUpright, kSlanting};
    by_class.drawn = {768, 576};
    by_class.out_frames = 50;
    all.push_back(
        {"ClassHasAPathOnlyWhenAlone" + size, "yolov5_" + size, ObjectList::kDetections, 0, by_class});
    auto plates = basic(large ? 3 : 1);
    plates.alarm_interval = 30;
    plates.leave_us = 300'000;
    plates.areas = {kNotched};
    plates.drawn = {768, 576};
    all.push_back({"PlatesInAnArea" + size, "license_plate_" + size, ObjectList::kSubObjects, 5, plates});
    all.push_back(
        {"PlatesThatPassedAFilter" + size, "license_area_" + size, ObjectList::kSubObjects, 5, plates});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Recordings, RulesOracle, ::testing::ValuesIn(cases()),
                         [](const auto& parameter) { return parameter.param.name; });

// A frame of the scene as a stream process sends it. Plates are its objects; where one has no place, all have
// none, because the list of detections is shorter.
FrameMeta meta_of(const RandomScene::AnyFrame& frame) {
  FrameMeta meta;
  meta.frame_id = frame.view.frame_id;
  meta.timestamp_us = frame.view.timestamp_us;
  meta.width = frame.view.size.width;
  meta.height = frame.view.size.height;
  for (const auto& object : frame.objects) {
    meta.sub_objects.push_back({std::string(object.key), false});
    if (object.box) meta.detections.push_back({*object.box, object.class_id, "", object.score});
  }
  return meta;
}

json message_of(const FrameMeta& meta) {
  auto message = json{{"mFrame",
                       {{"mFrameId", meta.frame_id},
                        {"mTimestamp", meta.timestamp_us},
                        {"mWidth", meta.width},
                        {"mHeight", meta.height}}},
                      {"mDetectedObjectMetadatas", json::array()},
                      {"mSubObjectMetadatas", json::array()}};
  for (const auto& [box, class_id, label, score] : meta.detections) {
    message["mDetectedObjectMetadatas"].push_back(
        {{"mBox", {{"mX", box.x}, {"mY", box.y}, {"mWidth", box.width}, {"mHeight", box.height}}},
         {"mClassify", class_id},
         {"mScores", {score}}});
  }
  for (const auto& sub : meta.sub_objects) {
    message["mSubObjectMetadatas"].push_back({{"mRecognizedObjectMetadatas", {{{"mLabelName", sub.label}}}}});
  }
  return message;
}

class RandomRules : public ::testing::TestWithParam<unsigned> {};

TEST_P(RandomRules, AlarmsAreExactlyTheExpectedOnes) {
  RandomScene scene(GetParam());
  Case c{"random", "", ObjectList::kSubObjects, 0, scene.any_rules()};
  c.spec.max_objects = 10000;
  // The oracle is for outlines that do not cross themselves.
  for (auto& area : c.spec.areas) area.resize(3);
  const test::TemporaryFolder folder;
  const auto recording = folder.path() / "frames";
  std::vector<RecordedFrame> frames;
  std::ofstream out(recording);
  for (std::int64_t line = 0; line < 300; ++line) {
    frames.push_back({line, meta_of(scene.next_frame())});
    out << message_of(frames.back().meta) << '\n';
  }
  out.close();
  EXPECT_EQ(decide(frames, c), ask_oracle(recording, c)) << text_of(c);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRules, ::testing::Range(1U, 25U));

// With n and m alone: the oracles that came with the recordings.
TEST(SeenAndGone, AlarmsAreThoseOfTheRecordings) {
  const auto dir = corpus_dir();
  if (!dir) GTEST_SKIP() << "no recordings here: set STREAM_SHARED_DIR";
  struct Recorded {
    std::string kind, suffix;
    ObjectList from;
  };
  std::size_t oracles = 0;
  for (const auto& [kind, suffix, from] : {Recorded{"license_plate", "", ObjectList::kSubObjects},
                                           Recorded{"yolov5", "", ObjectList::kDetections},
                                           Recorded{"license_area", ".byframeid", ObjectList::kSubObjects},
                                           Recorded{"tripwire", "", ObjectList::kTracks}}) {
    for (const std::string size : {"768x576", "1920x1080"}) {
      const auto recording = kind + "_" + size;
      const auto frames = read_recording(*dir, recording);
      for (const auto& [n, m] : {std::pair{3, 5}, std::pair{1, 1000}, std::pair{5, 2}}) {
        const auto name = fmt::format("{}.n{}_m{}{}", recording, n, m, suffix);
        Case c{name, recording, from, 0, basic(size == "768x576" ? 1 : 3)};
        c.spec.in_frames = static_cast<std::uint64_t>(n);
        c.spec.out_frames = static_cast<std::uint64_t>(m);
        std::vector<ExpectedAlarm> found;
        for (const auto& alarm : decide(frames, c)) {
          const std::vector<std::int32_t> box = alarm[3];
          found.push_back({alarm[0], alarm[1], alarm[2], {box[0], box[1], box[2], box[3]}});
        }
        EXPECT_EQ(found, read_oracle(*dir, name)) << name;
        ++oracles;
      }
    }
  }
  EXPECT_EQ(oracles, 24U);
}

}  // namespace
}  // namespace stream::decision
