// What a manifest may say: the reader and schemas/algorithm.schema.json, on the same manifests.
// manifests.json has a good one and changes to it; each change with an "error" makes it a bad one.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "stream/common/json_reader.hpp"
#include "stream/common/process.hpp"
#include "stream/manifest/algorithm.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::manifest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Manifests : public ::testing::Test {
 protected:
  Manifests() {
    fs::create_directory(folder());
    std::ofstream(folder() / "helmet.names") << "head\r\nhelmet\n\n";
    const json all = read_json_file(STREAM_SOURCE_DIR "/tests/manifest/manifests.json").value();
    base_ = all["base"];
    changes_ = all["changes"];
  }

  json changed(const json& change) const {
    json document = base_;
    const json::json_pointer at(change["at"].get<std::string>());
    if (change.contains("set")) {
      document[at] = change["set"];
    } else if (document.contains(at)) {
      json& parent = document[at.parent_pointer()];
      parent.erase(at.back());
    }
    return document;
  }

  fs::path folder() const { return temporary_.path() / "helmet"; }
  std::string verdict(const json& document) const {
    const auto read = read_algorithm(folder(), document);
    return read ? "ok" : read.error().message;
  }

  stream::test::TemporaryFolder temporary_;
  json base_, changes_;
};

TEST_F(Manifests, EveryMemberIsRead) {
  const auto read = read_algorithm(folder(), base_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->types, (std::vector<std::int32_t>{21, 22}));
  EXPECT_EQ(read->sample, "helmet");
  EXPECT_EQ(read->demo, "d.json");
  EXPECT_EQ(read->engine, "e.json");
  EXPECT_EQ(read->graph_id, 1);
  EXPECT_EQ(read->process, ProcessUse::kShared);
  EXPECT_EQ(read->max_channels, 4U);
  ASSERT_EQ(read->roles.size(), 2U);
  EXPECT_EQ(read->roles[0], (FileRole{"detector", {"yolo*", "ssd"}, false}));
  EXPECT_TRUE(read->roles[1].optional);
  ASSERT_EQ(read->mapping.size(), 4U);
  EXPECT_EQ(read->mapping[0].convert, Conversion::kFraction);
  EXPECT_EQ(read->mapping[0].fallback, 0.5);
  EXPECT_TRUE(read->mapping[0].refuse_outside);
  EXPECT_TRUE(read->mapping[1].remove_when_absent);
  EXPECT_EQ(read->mapping[2].when.size(), 3U);
  EXPECT_EQ(read->mapping[3].source, MappingSource::kRemove);
  ASSERT_EQ(read->additions.size(), 1U);
  EXPECT_EQ(read->additions[0].after, "yolo*");
  EXPECT_EQ(read->logic["labels"], (json{"head", "helmet"}));

  const auto logic = parse_logic_part(read->logic.dump()).value();
  EXPECT_EQ(logic.object, (ObjectSpec{ObjectList::kDetections, ObjectKey::kPosition, 0.4}));
  EXPECT_EQ(logic.rules.seen, (SeenRule{2, 7}));
  EXPECT_EQ(logic.rules.anchor, Anchor::kCenter);
  EXPECT_EQ(logic.rules.drawn_on, (PictureSize{1920, 1080}));
  EXPECT_EQ(logic.rules.area, (AreaRule{{{{0, 0}, {1.5, -3}, {9, 9}}}, 0.5}));
  EXPECT_EQ(logic.rules.line, (LineRule{{{{0, 0}, {1, 1}, {0, 1}, {1, 0}}}, 2}));
  EXPECT_EQ(logic.rules.size, (SizeRule{10, 500}));
  EXPECT_EQ(logic.rules.threshold, (ThresholdRule{0.25, {{"7", 0.75}, {"helmet", 0.5}}}));
  EXPECT_EQ(logic.rules.track_interval, FramesRule{3});
  EXPECT_EQ(logic.rules.alarm_interval, FramesRule{0});
  EXPECT_EQ(logic.rules.stay, (StayRule{1.5, 2}));
  EXPECT_EQ(logic.rules.count, CountRule{2});
  EXPECT_EQ(logic.rules.schedule, (ScheduleRule{{true, false, false, false, false, false, true},
                                                {{79200, 21630}, {28800, 86400}},
                                                "Asia/Shanghai"}));
  EXPECT_EQ(logic.rules.custom, (std::map<std::string, json>{{"loitering", {{"radius_px", 80}}}}));
  EXPECT_EQ(logic.event.crop, Crop::kBox);
  EXPECT_EQ(logic.event.extend.size(), 3U);
  EXPECT_EQ(logic.tables.at("kinds").at("1"), "safe");
}

TEST_F(Manifests, LabelsMayBeAFileOfTheFolder) {
  base_["labels"] = "helmet.names";
  EXPECT_EQ(read_algorithm(folder(), base_)->logic["labels"], (json{"head", "helmet"}));
}

TEST_F(Manifests, WhatHasNoClassIsNotAskedForIt) {
  base_["rules"]["class"] = {{"only", {"helmet"}}};
  EXPECT_EQ(verdict(base_), "ok");
  base_["object"] = {{"from", "faces"}, {"key", "class"}};
  EXPECT_NE(verdict(base_).find("/rules/class: found an object, expected none"), std::string::npos);
}

TEST_F(Manifests, MistakesNameFilePlaceAndWhatWasExpected) {
  int good = 0, bad = 0;
  for (const json& change : changes_) {
    const std::string said = verdict(changed(change));
    if (!change.contains("error")) {
      EXPECT_EQ(said, "ok") << change;
      ++good;
      continue;
    }
    EXPECT_NE(said.find(change["error"].get<std::string>()), std::string::npos)
        << change << " gives " << said;
    EXPECT_TRUE(said.starts_with((folder() / "algorithm.json").string() + ": /")) << said;
    ++bad;
  }
  EXPECT_GE(good, 20);
  EXPECT_GE(bad, 130);
}

TEST_F(Manifests, SchemaAgreesWithTheReader) {
  const fs::path documents = temporary_.path() / "documents";
  fs::create_directory(documents);
  const auto write = [&](const std::string& name, const json& document) {
    std::ofstream(documents / (name + ".json")) << document;
  };
  std::map<std::string, bool> expected;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const std::string name = fmt::format("change{:03}", i);
    write(name, changed(changes_[i]));
    expected[name] = !changes_[i].contains("error") || changes_[i].contains("schema_accepts");
  }
  for (const auto& entry : fs::directory_iterator(STREAM_SOURCE_DIR "/algorithms")) {
    const std::string name = entry.path().filename();
    write(name, read_json_file(entry.path() / "algorithm.json").value());
    expected[name] = true;
  }

  const fs::path output = temporary_.path() / "verdicts.txt";
  ProcessOptions options;
  options.arguments = {"/usr/bin/python3", STREAM_SOURCE_DIR "/tests/manifest/validate.py",
                       STREAM_SOURCE_DIR "/schemas/algorithm.schema.json", documents.string()};
  options.output_file = output;
  auto python = Process::start(options);
  if (!python) GTEST_SKIP() << "there is no python3 here: " << python.error().message;
  const auto status = python->wait(std::chrono::seconds(50));
  ASSERT_TRUE(status);
  constexpr int kNoLibrary = 3;
  if (!status->signalled && status->value == kNoLibrary)
    GTEST_SKIP() << "there is no python3-jsonschema here";
  ASSERT_TRUE(status->clean()) << status->text();

  std::ifstream verdicts(output);
  std::size_t count = 0;
  for (std::string name, text; verdicts >> name && std::getline(verdicts, text); ++count) {
    ASSERT_TRUE(expected.contains(name)) << name << text;
    EXPECT_EQ(text == " ok", expected[name]) << name << ":" << text;
  }
  EXPECT_EQ(count, expected.size());
}

TEST(MatchesElement, StarsStandForAnyTextAndGroupIsLeftAside) {
  EXPECT_TRUE(matches_element("yolov5", "yolov5"));
  EXPECT_TRUE(matches_element("yolov5", "yolov5_group"));
  EXPECT_FALSE(matches_element("yolov5", "yolov5x"));
  EXPECT_FALSE(matches_element("yolo", "yolov5"));
  EXPECT_TRUE(matches_element("yolo*", "yolov5_group"));
  EXPECT_TRUE(matches_element("*", "anything"));
  EXPECT_TRUE(matches_element("*v*5", "yolov8v5"));
  EXPECT_FALSE(matches_element("*v*6", "yolov8v5"));
  EXPECT_FALSE(matches_element("", "x"));
}

}  // namespace
}  // namespace stream::manifest
