// The algorithms that are shipped are whole, and convert the samples they are made for.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "sample_tree.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/manifest/cases.hpp"
#include "stream/manifest/catalog.hpp"
#include "stream/manifest/mapping.hpp"
#include "stream/manifest/stream_config.hpp"
#include "stream/manifest/stream_graph.hpp"
#include "stream/test/shared_data.hpp"

namespace stream::manifest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kAlgorithms = STREAM_SOURCE_DIR "/algorithms";
const std::string kFolder = "/data/tasks/one/0/config";

json request(std::int32_t type) {
  json body = json::parse(R"({"TaskID": "one",
    "InputSrc": {"SrcID": "cam", "StreamSrc": {"Address": "rtsp://camera/1"}},
    "Algorithm": [{"TrackInterval": 20, "DetectInterval": 3, "AlarmInterval": 300, "threshold": 62.5,
      "TargetSize": {"MinDetect": 30, "MaxDetect": 250},
      "DetectInfos": [{"TripWire": {"LineStart": {"X": 384, "Y": 72}, "LineEnd": {"X": 384, "Y": 504},
                                    "DirectStart": {"X": 192, "Y": 288}, "DirectEnd": {"X": 576, "Y": 288}},
                       "HotArea": [{"X": 96, "Y": 72}, {"X": 672, "Y": 72}, {"X": 672, "Y": 504}]}],
      "Extend": {"InFrames": 4, "OutFrames": 9}}],
    "Reporting": {"ReportUrlList": ["http://127.0.0.1:9/upload"]}})");
  body["Algorithm"][0]["Type"] = type;
  return body;
}

Catalog shipped() {
  const auto catalog = CatalogReader(kAlgorithms).read();
  EXPECT_TRUE(catalog) << catalog.error().message;
  return catalog && *catalog ? **catalog : Catalog{};
}

TEST(ShippedAlgorithms, AreTheseUnderTheseNumbers) {
  std::map<std::int32_t, std::string> names;
  for (const auto& [name, entry] : shipped().entries) {
    ASSERT_TRUE(entry.algorithm) << entry.error;
    EXPECT_EQ(entry.error, "");
    for (const std::int32_t type : entry.algorithm->types) names[type] = name;
  }
  EXPECT_EQ(names, (std::map<std::int32_t, std::string>{{1, "tripwire"},
                                                        {2, "license_area_intrusion"},
                                                        {3, "yolov5"},
                                                        {4, "yolov8"},
                                                        {5, "openpose"},
                                                        {6, "area_intrusion"},
                                                        {7, "retinaface"},
                                                        {8, "yolov5_fastpose_posec3d"},
                                                        {9, "yolox_bytetrack_osd_encode"},
                                                        {16, "license_plate_recognition"}}));
}

// What a folder lacks of what every shipped algorithm must have.
std::set<std::string> lacking(const fs::path& folder) {
  const auto algorithm = read_algorithm(folder);
  if (!algorithm) return {algorithm.error().message};
  std::set<std::string> lacks;
  const auto need = [&](bool is_there, const std::string& what) {
    if (!is_there) lacks.insert(what);
  };
  std::set<std::string> sources;
  for (const MappingEntry& line : algorithm->mapping) sources.insert(line.from.text());
  // Whatever the front end lets a user set goes somewhere.
  for (const std::string parameter :
       {"DetectInterval", "TrackInterval", "AlarmInterval", "threshold", "TargetSize/MinDetect",
        "TargetSize/MaxDetect", "DetectInfos/*/HotArea", "DetectInfos/*/TripWire", "Extend/InFrames",
        "Extend/OutFrames", "Extend/StayTime", "Extend/LeaveTime", "Extend/ObjectCount"}) {
    need(sources.contains("/Algorithm/" + parameter), "mapping of " + parameter);
  }
  need(algorithm->logic["rules"].contains("seen"), "rules");
  need(algorithm->logic["event"].contains("crop") && algorithm->logic["event"].contains("extend"), "event");
  const auto cases = read_cases(folder);
  if (!cases) return {cases.error().message};
  need(!cases->empty(), "cases");
  for (const Case& one : *cases) {
    need(!one.frames.empty(), one.name + ": frames");
    const std::int32_t type = one.task["Algorithm"][0]["Type"];
    need(std::count(algorithm->types.begin(), algorithm->types.end(), type) == 1, one.name + ": its type");
  }
  return lacks;
}

TEST(ShippedAlgorithms, EachHasMappingRulesEventAndACase) {
  for (const auto& [name, entry] : shipped().entries) {
    EXPECT_EQ(lacking(kAlgorithms / name), std::set<std::string>()) << name;
  }
}

TEST(ShippedAlgorithms, OneThatLacksSomethingIsFound) {
  const test::SampleTree tree;
  const fs::path folder = tree.root() / "yolov5";
  fs::copy(kAlgorithms / "yolov5", folder, fs::copy_options::recursive);
  EXPECT_EQ(lacking(folder), std::set<std::string>());
  fs::remove_all(folder / "cases");
  json manifest = read_json_file(folder / "algorithm.json").value();
  manifest["rules"] = manifest["event"] = json::object();
  manifest["mapping"].erase(0);
  tree.write_json(folder / "algorithm.json", manifest);
  EXPECT_EQ(lacking(folder), (std::set<std::string>{"cases", "event", "mapping of DetectInterval", "rules"}));
  fs::remove(folder / "algorithm.json");
  EXPECT_EQ(lacking(folder),
            std::set<std::string>{(folder / "algorithm.json").string() + ": cannot be read"});
}

// The names in `names` that stand in a file as whole words.
std::set<std::string> words_in(const fs::path& file, const std::set<std::string>& names) {
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::set<std::string> found;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool is_letter =
        i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_');
    if (is_letter) {
      word += text[i];
    } else {
      if (names.contains(word)) found.insert(word);
      word.clear();
    }
  }
  return found;
}

TEST(ShippedAlgorithms, AreNamedInNoCode) {
  std::set<std::string> names;
  for (const auto& [name, entry] : shipped().entries) names.insert(name);
  ASSERT_FALSE(names.empty());
  int files = 0;
  for (const auto& folder : fs::directory_iterator(STREAM_SOURCE_DIR)) {
    const std::string part = folder.path().filename();
    if (!folder.is_directory() || part == "tests" || part == "build" || part.starts_with(".")) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp" && extension != ".h") continue;
      EXPECT_EQ(words_in(entry.path(), names), std::set<std::string>()) << entry.path();
      ++files;
    }
  }
  EXPECT_GT(files, 100);
  // What looks for them finds them.
  EXPECT_EQ(words_in(kAlgorithms / *names.begin() / "algorithm.json", {*names.begin()}).size(), 1U);
}

Rules rules_of(const Algorithm& algorithm, const json& task) {
  const auto logic = resolve_logic(algorithm, task, 0);
  EXPECT_TRUE(logic) << logic.error().message;
  return logic ? parse_logic_part(logic->dump())->rules : Rules{};
}

TEST(ShippedAlgorithms, WhatTheTaskSaysReachesTheRules) {
  for (const auto& [name, entry] : shipped().entries) {
    SCOPED_TRACE(name);
    const Rules rules = rules_of(*entry.algorithm, request(entry.algorithm->types[0]));
    EXPECT_EQ(rules.seen, (SeenRule{4, 9}));
    EXPECT_EQ(rules.area->areas, (std::vector<std::vector<DrawnPoint>>{{{96, 72}, {672, 72}, {672, 504}}}));
    EXPECT_EQ(rules.line->lines, (std::vector<DrawnLine>{{{384, 72}, {384, 504}, {192, 288}, {576, 288}}}));
    EXPECT_EQ(rules.track_interval, FramesRule{20});
    EXPECT_EQ(rules.alarm_interval, FramesRule{300});
    EXPECT_FALSE(rules.size) << "application-web sends sizes to everybody";
    EXPECT_FALSE(rules.stay);
    EXPECT_FALSE(rules.count);

    json more = request(entry.algorithm->types[0]);
    more["Algorithm"][0]["Extend"] = {{"StayTime", 10},
                                      {"LeaveTime", 2.5},
                                      {"ObjectCount", 20},
                                      {"Rules", {{"size", json::object()}, {"alarm_interval", nullptr}}}};
    const Rules asked = rules_of(*entry.algorithm, more);
    EXPECT_EQ(asked.stay, (StayRule{10, 2.5}));
    EXPECT_EQ(asked.count, CountRule{20});
    EXPECT_EQ(asked.size, (SizeRule{30, 250}));
    EXPECT_FALSE(asked.alarm_interval);
  }
}

TEST(ShippedAlgorithms, LineThatTheTaskTurnsOffHasNobodyToldApart) {
  for (const auto& [name, entry] : shipped().entries) {
    SCOPED_TRACE(name);
    for (const json& off : {json(nullptr), json{{"lines", nullptr}}, json{{"lines", json::array()}}}) {
      json without = request(entry.algorithm->types[0]);
      without["Algorithm"][0]["Extend"] = {{"Rules", {{"line", off}}}};
      const auto logic = resolve_logic(*entry.algorithm, without, 0);
      ASSERT_TRUE(logic) << logic.error().message;
      EXPECT_EQ((*logic)["object"], entry.algorithm->logic["object"]) << off;
    }
  }
}

TEST(ShippedAlgorithms, WhatTheTaskLeavesOutIsOff) {
  for (const auto& [name, entry] : shipped().entries) {
    SCOPED_TRACE(name);
    json bare = request(entry.algorithm->types[0]);
    bare["Algorithm"][0] = {{"Type", entry.algorithm->types[0]}};
    EXPECT_EQ(rules_of(*entry.algorithm, bare), Rules{});
    // What application-web sends when nothing was drawn.
    const json zero = {{"X", 0}, {"Y", 0}};
    const json wire = {{"LineStart", zero}, {"LineEnd", zero}, {"DirectStart", zero}, {"DirectEnd", zero}};
    bare["Algorithm"][0]["DetectInfos"] = json::array({{{"TripWire", wire}, {"HotArea", json::array()}}});
    EXPECT_EQ(rules_of(*entry.algorithm, bare), Rules{});
  }
}

// What is in none of its files can be changed without starting the stream process again.
TEST(ShippedAlgorithms, OnlyTheseParametersReachTheStreamProcess) {
  const std::set<std::string> in_files = {"/Algorithm/DetectInterval", "/Algorithm/threshold",
                                          "/Algorithm/DetectInfos/*/HotArea to /configure/roi"};
  std::set<std::string> found;
  for (const auto& [name, entry] : shipped().entries) {
    SCOPED_TRACE(name);
    const json manifest = json::parse(std::ifstream(kAlgorithms / name / "algorithm.json"));
    for (const json& one : manifest["mapping"]) {
      if (one["to"] == "logic" || !one.contains("from")) continue;
      std::string what = one["from"];
      if (what.find("HotArea") != std::string::npos) what += " to " + one["at"].get<std::string>();
      EXPECT_TRUE(in_files.contains(what)) << one;
      found.insert(what);
    }
  }
  EXPECT_EQ(found, in_files);
}

TEST(ShippedAlgorithms, FramesThatCannotBeAreRefused) {
  for (const auto& [name, entry] : shipped().entries) {
    SCOPED_TRACE(name);
    json wrong = request(entry.algorithm->types[0]);
    wrong["Algorithm"][0]["Extend"]["InFrames"] = 0;
    EXPECT_NE(resolve_logic(*entry.algorithm, wrong, 0)
                  .error()
                  .message.find("/Algorithm/0/Extend/InFrames: found 0, expected a number of at least 1"),
              std::string::npos);
  }
}

Result<StreamConfig> convert(const test::SampleTree& tree, const Algorithm& algorithm) {
  const auto task = parse_task_definition(request(algorithm.types[0])).value();
  const Installation installation(tree.root());
  return make_stream_config(
      {installation, algorithm, task, 0, "RTSP", {"10.0.0.7", 10001, "abc123"}, 40000, kFolder});
}

// Areas, times and intervals of a sample's own filter must not stop anything: the rules decide, once.
TEST(ShippedAlgorithms, OpenTheFilterOfASample) {
  const json drawn = json::parse(R"({"alert_first_frames": 9, "alert_frame_skip_nums": 10000, "type": 1,
    "areas": [[{"left": 79, "top": 961}, {"left": 333, "top": 736}]], "classes": [0, 2],
    "times": [{"time_start": "00 00 00", "time_end": "23 59 59"}]})");
  const json opened = json::parse(R"({"alert_first_frame": 0, "alert_frame_skip_nums": 1, "type": 1,
    "areas": [[]], "classes": [0, 2], "times": [{"time_start": "00:00:00", "time_end": "24:00:00"}]})");
  for (const auto& [name, entry] : shipped().entries) {
    SCOPED_TRACE(name);
    test::SampleTree tree;
    std::vector<test::Element> elements = {{1, "decode"}};
    for (const FileRole& role : entry.algorithm->roles) {
      if (!role.optional) elements.push_back({static_cast<int>(elements.size()) + 1, role.elements[0]});
    }
    const json rule = {{"channel_id", 2}, {"filters", {drawn, drawn}}};
    elements.push_back({90, "filter", {}, {{"rules", json::array({rule})}}});
    tree.add_chain(entry.algorithm->sample, elements);
    const auto config = convert(tree, *entry.algorithm);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->files.at("filter.json")["configure"]["rules"],
              (json::array({{{"channel_id", 0}, {"filters", {opened, opened}}}})));
  }
}

// Makes every file that a string of the value names as a model or shared object.
void make_binaries(const test::SampleTree& tree, const json& value) {
  if (value.is_structured()) {
    for (const json& member : value) make_binaries(tree, member);
  } else if (value.is_string()) {
    const std::string text = value;
    if (text.ends_with(".so") || text.ends_with(".bmodel")) {
      tree.write((tree.root() / "samples/build" / text).lexically_normal(), "binary");
    }
  }
}

// The samples handed to everybody who works on the project, where they are at hand.
class RealSample : public ::testing::TestWithParam<std::string> {
 protected:
  // A copy that can be written to, with what the configurations name.
  void copy_samples(const fs::path& samples) {
    fs::copy(samples, tree_.root() / "samples", fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(samples)) {
      if (entry.path().extension() == ".json") make_binaries(tree_, read_json_file(entry.path()).value());
    }
    for (const auto& entry : fs::recursive_directory_iterator(tree_.root() / "samples")) {
      if (entry.path().filename() != "main") fs::permissions(entry.path(), fs::perms::owner_all);
    }
  }

  test::SampleTree tree_;
};

void expect_sound(const StreamConfig& config) {
  const json& demo = config.files.at(config.demo_file);
  EXPECT_EQ(demo["channels"].size(), 1U);
  const json& engine = config.files.at(fs::path(demo["engine_config_path"].get<std::string>()).filename());
  std::optional<Error> error;
  const StreamGraph graph = read_graph(JsonReader(engine[0], error));
  ASSERT_FALSE(error);
  EXPECT_TRUE(check_graph(graph));
  for (const GraphElement& element : graph.elements) {
    ASSERT_EQ(fs::path(element.config).parent_path(), kFolder);
    if (element.sink_ports.empty()) continue;
    EXPECT_EQ(config.files.at(fs::path(element.config).filename())["configure"]["path"], "/frames/in/abc123");
  }
}

TEST_P(RealSample, EveryGraphOfItConvertsWithTheShippedManifest) {
  const auto shared = stream::test::shared_dir();
  if (!shared) GTEST_SKIP() << shared.error().message;
  copy_samples(*shared / "contract/sophon-samples");
  const auto before = tree_.snapshot();
  int graphs = 0;
  for (const auto& file : fs::directory_iterator(tree_.config(GetParam()))) {
    if (!file.path().filename().string().starts_with("engine")) continue;
    Algorithm algorithm = *shipped().entries.at(GetParam()).algorithm;
    algorithm.engine = file.path().filename();
    const auto config = convert(tree_, algorithm);
    ASSERT_TRUE(config) << config.error().message;
    expect_sound(*config);
    ++graphs;
  }
  EXPECT_GE(graphs, 1);
  EXPECT_EQ(tree_.snapshot(), before);
}

INSTANTIATE_TEST_SUITE_P(Contract, RealSample,
                         ::testing::Values("license_plate_recognition", "tripwire", "yolov5"),
                         [](const auto& sample) { return sample.param; });

}  // namespace
}  // namespace stream::manifest
