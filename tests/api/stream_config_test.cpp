#include "stream_config.hpp"

#include <gtest/gtest.h>

#include <set>

#include "config_files.hpp"
#include "element_edits.hpp"
#include "json_reader.hpp"
#include "sample_tree.hpp"
#include "stream/test/shared_data.hpp"
#include "stream_graph.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string kFolder = "/data/tasks/one/0/config";

AlgorithmManifest manifest_of(const std::string& sample) {
  AlgorithmManifest manifest;
  manifest.name = manifest.sample = sample;
  manifest.demo = sample + "_demo.json";
  manifest.detectors = {{"yolov5", true, true}, {"yolox", true, false}};
  manifest.filter_areas = {AreaSource::kTripWire, AreaSource::kHotArea};
  return manifest;
}

AlgorithmRequest usual_request() {
  AlgorithmRequest request;
  request.type = 3;
  request.track_interval = 20;
  request.detect_interval = 3;
  request.alarm_interval = 300;
  request.threshold = 0.625;
  request.detect_infos = {{{{384, 72}, {384, 504}}, {{96, 72}, {672, 72}, {672, 504}, {96, 504}}}};
  return request;
}

Result<StreamConfig> convert(const fs::path& root, const AlgorithmManifest& manifest,
                             const AlgorithmRequest& request, const std::string& folder = kFolder,
                             const std::string& source_type = "RTSP") {
  const Installation installation(root);
  return make_stream_config({installation,
                             manifest,
                             request,
                             "rtsp://u:secret@camera/1",
                             source_type,
                             {"10.0.0.7", 10001, "abc123"},
                             40000,
                             folder});
}

// A graph as the stream process would see it: references followed within `config`.
struct Outcome {
  StreamConfig config;
  json demo, engine;
  StreamGraph graph;

  const json& file(const std::string& reference) const {
    const fs::path path(reference);
    EXPECT_EQ(path.parent_path(), kFolder) << reference;
    return config.files.at(path.filename());
  }
  // The file of the n-th element.
  const json& element(std::size_t index) const { return file(graph.elements.at(index).config); }
  const json& last() const { return element(graph.elements.size() - 1); }
};

class Conversion : public ::testing::Test {
 protected:
  Outcome converted(const std::string& sample, const AlgorithmRequest& request = usual_request()) {
    const auto config = convert(tree_.root(), manifest_of(sample), request);
    EXPECT_TRUE(config) << config.error().message;
    Outcome outcome;
    if (!config) return outcome;
    outcome.config = *config;
    outcome.demo = config->files.at(config->demo_file);
    outcome.engine = outcome.file(outcome.demo["engine_config_path"]);
    std::optional<Error> error;
    outcome.graph = read_graph(JsonReader(outcome.engine[0], error));
    EXPECT_FALSE(error);
    EXPECT_TRUE(check_graph(outcome.graph));
    return outcome;
  }
  std::string failure(const std::string& sample) {
    const auto config = convert(tree_.root(), manifest_of(sample), usual_request());
    return config ? "converted" : config.error().message;
  }
  fs::path config_file(const std::string& sample, const std::string& name) {
    return tree_.config(sample) / name;
  }
  json load(const fs::path& path) { return read_json_file(path).value(); }

  test::SampleTree tree_;
};

TEST_F(Conversion, DemoFileHasOneChannelAndPrivatePorts) {
  tree_.add_grouped("grouped");
  const Outcome outcome = converted("grouped");
  EXPECT_EQ(outcome.demo["channels"], json::array({{{"channel_id", 0},
                                                    {"url", "rtsp://u:secret@camera/1"},
                                                    {"source_type", "RTSP"},
                                                    {"sample_interval", 3},
                                                    {"loop_num", 1},
                                                    {"fps", -1}}}));
  EXPECT_EQ(outcome.config.sample_interval, 3);
  EXPECT_EQ(outcome.demo["http_listen"], (json{{"ip", "127.0.0.1"}, {"port", 40000}}));
  EXPECT_EQ(outcome.demo["http_report"],
            (json{{"ip", "10.0.0.7"}, {"port", 10001}, {"path", "/frames/in/abc123"}}));
  EXPECT_EQ(outcome.demo["download_image"], false);
  EXPECT_EQ(outcome.demo["class_names"], "../grouped/data/coco.names");
  EXPECT_EQ(outcome.demo["draw_func_name"], "draw_results");
}

TEST_F(Conversion, GroupedSinkGetsAnHttpPush) {
  tree_.add_grouped("grouped");
  const Outcome outcome = converted("grouped");
  ASSERT_EQ(outcome.graph.elements.size(), 3U);
  EXPECT_EQ(outcome.graph.elements[2].id, 10004);  // above the inner ids
  EXPECT_EQ(outcome.graph.connections.back().source_id, 5001);
  EXPECT_EQ(outcome.last()["name"], "http_push");
  EXPECT_EQ(outcome.last()["configure"], (json{{"ip", "10.0.0.7"},
                                               {"port", 10001},
                                               {"path", "/frames/in/abc123"},
                                               {"route", "/frames/in/abc123"}}));
}

TEST_F(Conversion, SingleStagesAllTakeThresholdAndRoi) {
  tree_.add_single_stages();
  const Outcome outcome = converted("stages");
  ASSERT_EQ(outcome.graph.elements.size(), 5U);
  for (std::size_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(outcome.element(i)["configure"]["threshold_conf"], 0.625);
    EXPECT_EQ(outcome.element(i)["configure"]["roi"],
              (json{{"left", 96}, {"top", 72}, {"width", 576}, {"height", 432}}));
  }
  EXPECT_EQ(outcome.last()["name"], "http_push");
}

TEST_F(Conversion, ExistingHttpPushIsKeptAndRedirected) {
  tree_.add_with_http_push();
  const Outcome outcome = converted("pushing");
  EXPECT_EQ(outcome.graph.elements.size(), 6U);
  EXPECT_EQ(outcome.graph.elements.back().id, 5006);
  EXPECT_EQ(outcome.last()["configure"], (json{{"ip", "10.0.0.7"},
                                               {"port", 10001},
                                               {"path", "/frames/in/abc123"},
                                               {"route", "/frames/in/abc123"}}));
  EXPECT_EQ(outcome.last()["thread_number"], 4);
}

TEST_F(Conversion, DetectorWithoutRoiGetsNone) {
  tree_.add_with_http_push();
  const Outcome outcome = converted("pushing");
  EXPECT_EQ(outcome.element(1)["configure"]["threshold_conf"], 0.625);
  EXPECT_FALSE(outcome.element(1)["configure"].contains("roi"));
}

TEST_F(Conversion, FilterIsFilledFromTheTask) {
  tree_.add_with_http_push();
  const json rules = converted("pushing").element(3)["configure"]["rules"];
  const json line = json::array({{{"left", 384}, {"top", 72}}, {{"left", 384}, {"top", 504}}});
  const json filter = {{"alert_first_frame", 20},
                       {"alert_frame_skip_nums", 300},
                       {"areas", json::array({line})},
                       {"classes", {0, 2}},
                       {"times", json::array({{{"time_start", "00:00:00"}, {"time_end", "24:00:00"}}})},
                       {"type", 1}};
  EXPECT_EQ(rules, json::array({{{"channel_id", 0}, {"filters", json::array({filter})}}}));
}

TEST_F(Conversion, FilterTakesTheAreaWhenNoLineWasDrawn) {
  tree_.add_with_http_push();
  AlgorithmRequest request = usual_request();
  request.detect_infos = {{{}, {{-10, 0}, {100, 0}, {100, 100}}}, {{}, {{300, 300}, {400, 300}, {350, 400}}}};
  const json filter = converted("pushing", request).element(3)["configure"]["rules"][0]["filters"][0];
  EXPECT_EQ(filter["areas"], json::parse(R"([
    [{"left":0,"top":0},{"left":100,"top":0},{"left":100,"top":100}],
    [{"left":300,"top":300},{"left":400,"top":300},{"left":350,"top":400}]])"));
}

TEST_F(Conversion, FilterLetsEverythingThroughWithoutLineAndArea) {
  tree_.add_with_http_push();
  AlgorithmRequest request = usual_request();
  request.detect_infos.clear();
  request.alarm_interval = 0;
  const json filter = converted("pushing", request).element(3)["configure"]["rules"][0]["filters"][0];
  EXPECT_EQ(filter["areas"], json::array({json::array()}));
  EXPECT_EQ(filter["alert_frame_skip_nums"], 1);
}

TEST_F(Conversion, MisspeltKeyOfFilterIsReplaced) {
  tree_.add_with_http_push();
  json filter = load(config_file("pushing", "filter.json"));
  json& first = filter["configure"]["rules"][0]["filters"][0];
  first["alert_first_frames"] = first["alert_first_frame"];
  first.erase("alert_first_frame");
  tree_.write_json(config_file("pushing", "filter.json"), filter);
  const json result = converted("pushing").element(3)["configure"]["rules"][0]["filters"][0];
  EXPECT_FALSE(result.contains("alert_first_frames"));
  EXPECT_EQ(result["alert_first_frame"], 20);
}

TEST_F(Conversion, RoiOfTheSampleGoesWhenThereIsNoArea) {
  tree_.add_grouped("grouped");
  json detector = load(config_file("grouped", "yolov5_group.json"));
  detector["configure"]["roi"] = {{"left", 600}, {"top", 400}, {"width", 800}, {"height", 600}};
  tree_.write_json(config_file("grouped", "yolov5_group.json"), detector);
  AlgorithmRequest request = usual_request();
  request.detect_infos[0].hot_area.clear();
  EXPECT_FALSE(converted("grouped", request).element(1)["configure"].contains("roi"));
  request.detect_infos.clear();
  EXPECT_FALSE(converted("grouped", request).element(1)["configure"].contains("roi"));
}

TEST_F(Conversion, RoiIsTheClippedRectangleAroundAllAreas) {
  EXPECT_EQ(bounding_roi({{{}, {{-50, -20}, {100, 0}, {100, 90}}}, {{}, {{300, 10}, {400, 10}, {350, 40}}}}),
            (Roi{0, 0, 400, 90}));
  EXPECT_EQ(bounding_roi({{{}, {{-50, -20}, {-1, 0}, {-1, 90}}}}), std::nullopt);
  EXPECT_EQ(bounding_roi({{{}, {{5, 5}, {5, 9}, {5, 7}}}}), std::nullopt);
  EXPECT_EQ(bounding_roi({{{}, {{5, 5}, {50, 50}}}}), std::nullopt);
  EXPECT_EQ(bounding_roi({}), std::nullopt);
}

TEST_F(Conversion, ThresholdOfEveryClassIsReplacedByTheTasks) {
  tree_.add_grouped("grouped");
  json detector = load(config_file("grouped", "yolov5_group.json"));
  detector["configure"]["threshold_conf"] = {{"person", 0.3}, {"car", 0.5}};
  tree_.write_json(config_file("grouped", "yolov5_group.json"), detector);
  EXPECT_EQ(converted("grouped").element(1)["configure"]["threshold_conf"], 0.625);
  AlgorithmRequest request = usual_request();
  request.threshold.reset();
  EXPECT_EQ(converted("grouped", request).element(1)["configure"]["threshold_conf"],
            detector["configure"]["threshold_conf"]);
}

TEST_F(Conversion, DetectIntervalIsAtLeastOneAndElseTheSamples) {
  tree_.add_grouped("grouped");
  AlgorithmRequest request = usual_request();
  request.detect_interval = 0;
  EXPECT_EQ(converted("grouped", request).config.sample_interval, 1);
  request.detect_interval.reset();
  EXPECT_EQ(converted("grouped", request).config.sample_interval, 4);
  EXPECT_EQ(converted("grouped", request).demo["channels"][0]["sample_interval"], 4);
}

TEST_F(Conversion, FileIsNotPlayedFasterThanItsFramesCanBePosted) {
  tree_.add_grouped("grouped");  // its channels have fps -1
  const auto fps = [&](const std::string& source_type) {
    const auto config = convert(tree_.root(), manifest_of("grouped"), usual_request(), kFolder, source_type);
    return config.value().files.at("grouped_demo.json")["channels"][0]["fps"];
  };
  EXPECT_EQ(fps("VIDEO"), 25);
  EXPECT_EQ(fps("IMG_DIR"), 25);
  EXPECT_EQ(fps("RTSP"), -1);
}

TEST_F(Conversion, OfSeveralGraphsOneStaysAndIdsAvoidThemAll) {
  tree_.add_graphs("two", {{{1, "decode"}, {2, "osd"}}, {{1, "decode"}, {70, "encode"}}});
  Outcome outcome = converted("two");
  EXPECT_EQ(outcome.engine.size(), 1U);
  EXPECT_EQ(outcome.element(1)["name"], "osd");
  EXPECT_EQ(outcome.graph.elements.back().id, 71);

  json demo = load(config_file("two", "two_demo.json"));
  demo["channels"][0]["graph_id"] = 1;
  tree_.write_json(config_file("two", "two_demo.json"), demo);
  outcome = converted("two");
  EXPECT_EQ(outcome.element(1)["name"], "encode");
}

TEST_F(Conversion, StreamPathPlaceholderIsReplacedEverywhere) {
  tree_.add_grouped("grouped");
  json detector = load(config_file("grouped", "yolov5_group.json"));
  detector["configure"]["model_path"] = "{Stream_path}/samples/grouped/data/models/detector.bmodel";
  tree_.write_json(config_file("grouped", "yolov5_group.json"), detector);
  json demo = load(config_file("grouped", "grouped_demo.json"));
  demo["engine_config_path"] = "{Stream_path}/samples/grouped/config/engine_group.json";
  tree_.write_json(config_file("grouped", "grouped_demo.json"), demo);
  EXPECT_EQ(converted("grouped").element(1)["configure"]["model_path"],
            (tree_.root() / "samples/grouped/data/models/detector.bmodel").string());
}

TEST_F(Conversion, ElementsOfAnotherSampleAreCopiedUnderANameOfTheirOwn) {
  tree_.add_grouped("grouped");
  tree_.add_single_stages();
  json engine = load(config_file("grouped", "engine_group.json"));
  engine[0]["elements"].push_back({{"element_id", 6000}, {"element_config", "../stages/config/decode.json"}});
  engine[0]["connections"].push_back(
      {{"src_element_id", 5000}, {"src_port", 1}, {"dst_element_id", 6000}, {"dst_port", 0}});
  tree_.write_json(config_file("grouped", "engine_group.json"), engine);
  const Outcome outcome = converted("grouped");
  std::set<std::string> paths;
  for (const GraphElement& element : outcome.graph.elements) paths.insert(element.config);
  EXPECT_EQ(paths.size(), outcome.graph.elements.size());
}

TEST_F(Conversion, ReferenceWrittenForAnotherWorkingDirectoryFindsTheSamplesOwnFile) {
  tree_.add_grouped("grouped");
  json engine = load(config_file("grouped", "engine_group.json"));
  for (json& element : engine[0]["elements"]) {
    const fs::path path = element["element_config"].get<std::string>();
    element["element_config"] = "../config/" + path.filename().string();
  }
  tree_.write_json(config_file("grouped", "engine_group.json"), engine);
  EXPECT_EQ(converted("grouped").element(1)["name"], "yolov5_group");
}

TEST_F(Conversion, MissingOrBrokenFilesAreNamed) {
  tree_.add_grouped("grouped");
  const auto named = [&](const fs::path& path) {
    const std::string message = failure("grouped");
    EXPECT_NE(message.find(path.string()), std::string::npos) << message;
  };
  const auto without = [&](const fs::path& path) {
    fs::rename(path, path.string() + ".away");
    named(path);
    fs::rename(path.string() + ".away", path);
  };
  const fs::path root = tree_.root();
  without(root / "samples/build/main");
  without(config_file("grouped", "grouped_demo.json"));
  without(config_file("grouped", "engine_group.json"));
  without(config_file("grouped", "decode.json"));
  without(root / "samples/grouped/data/models/detector.bmodel");
  without(root / "build/lib/libyolov5_group.so");
  without(root / "build/lib/libhttp_push.so");
  ASSERT_EQ(failure("grouped"), "converted");

  for (const char* name : {"grouped_demo.json", "engine_group.json", "decode.json"}) {
    const json good = load(config_file("grouped", name));
    for (const char* bad : {"{", "[]", "5", "{\"configure\":5}"}) {
      tree_.write(config_file("grouped", name), bad);
      named(config_file("grouped", name));
    }
    tree_.write_json(config_file("grouped", name), good);
  }
  EXPECT_EQ(failure("grouped"), "converted");
  EXPECT_NE(failure("nowhere").find("samples/nowhere/config/nowhere_demo.json"), std::string::npos);
}

TEST_F(Conversion, UnsoundGraphIsAnErrorThatNamesTheFile) {
  tree_.add_grouped("grouped");
  json engine = load(config_file("grouped", "engine_group.json"));
  engine[0]["connections"].clear();
  tree_.write_json(config_file("grouped", "engine_group.json"), engine);
  EXPECT_EQ(failure("grouped"),
            config_file("grouped", "engine_group.json").string() +
                ": /connections: found none for element 5001, expected all to be connected");
}

TEST_F(Conversion, BrokenFilterIsAnErrorThatNamesTheFile) {
  tree_.add_with_http_push();
  json filter = load(config_file("pushing", "filter.json"));
  filter["configure"]["rules"] = json::array();
  tree_.write_json(config_file("pushing", "filter.json"), filter);
  EXPECT_EQ(failure("pushing"), config_file("pushing", "filter.json").string() +
                                    ": /configure/rules: found an array, expected at least one rule");
}

TEST_F(Conversion, WritingLeavesTheInstallationAloneAndFilesPrivate) {
  tree_.add_with_http_push();
  const auto before = tree_.snapshot();
  const stream::test::TemporaryFolder data;
  const fs::path folder = algorithm_folder(data.path(), "../任务", 1) / "config";
  const auto config = convert(tree_.root(), manifest_of("pushing"), usual_request(), folder);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(write_stream_config(folder, *config));
  ASSERT_TRUE(write_stream_config(folder, *config));  // again, over itself
  EXPECT_EQ(tree_.snapshot(), before);

  std::set<std::string> written;
  for (const auto& entry : fs::recursive_directory_iterator(data.path())) {
    if (!entry.is_regular_file()) continue;
    written.insert(entry.path().filename());
    EXPECT_EQ(entry.path().parent_path(), folder);
  }
  EXPECT_EQ(fs::status(folder).permissions(), fs::perms::owner_all);
  EXPECT_EQ(written.size(), config->files.size());
  EXPECT_EQ(load(folder / config->demo_file), config->files.at(config->demo_file));
  ASSERT_TRUE(remove_task_folder(data.path(), "../任务"));
  EXPECT_FALSE(fs::exists(folder));
}

TEST(CapLogFile, LongFileIsEmptied) {
  const stream::test::TemporaryFolder folder;
  test::SampleTree tree;
  const fs::path log = folder.path() / "stream.log";
  tree.write(log, std::string(1000, 'x'));
  cap_log_file(log, 1000);
  EXPECT_EQ(fs::file_size(log), 1000U);
  cap_log_file(log, 999);
  EXPECT_EQ(fs::file_size(log), 0U);
}

// The samples handed to everybody who works on the project, where they are at hand.
class RealSample : public ::testing::TestWithParam<std::string> {};

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

TEST_P(RealSample, ConvertsWithTheShippedManifest) {
  const auto shared = stream::test::shared_dir();
  if (!shared) GTEST_SKIP() << shared.error().message;
  const fs::path samples = *shared / "contract/sophon-samples";
  const test::SampleTree tree;
  fs::copy(samples, tree.root() / "samples", fs::copy_options::recursive);
  for (const auto& entry : fs::recursive_directory_iterator(samples)) {
    if (entry.path().extension() == ".json") make_binaries(tree, read_json_file(entry.path()).value());
  }
  for (const auto& entry : fs::recursive_directory_iterator(tree.root() / "samples" / GetParam())) {
    fs::permissions(entry.path(), fs::perms::owner_all);  // the copy of a read-only tree must go again
  }
  const auto before = tree.snapshot();
  const AlgorithmCatalog catalog = load_algorithm_catalog(STREAM_SOURCE_DIR "/algorithms").value();
  for (const auto& [type, manifest] : catalog) {
    if (manifest.name != GetParam()) continue;
    const auto config = convert(tree.root(), manifest, usual_request());
    ASSERT_TRUE(config) << config.error().message;
    const json engine = config->files.at(
        fs::path(config->files.at(config->demo_file)["engine_config_path"].get<std::string>()).filename());
    std::optional<Error> error;
    const StreamGraph graph = read_graph(JsonReader(engine[0], error));
    ASSERT_FALSE(error);
    EXPECT_TRUE(check_graph(graph));
    std::string sink;
    for (const GraphElement& element : graph.elements) {
      ASSERT_EQ(fs::path(element.config).parent_path(), kFolder);
      if (!element.sink_ports.empty()) sink = element.config;
    }
    EXPECT_EQ(config->files.at(fs::path(sink).filename())["configure"]["path"], "/frames/in/abc123");
    EXPECT_EQ(config->files.at(config->demo_file)["channels"].size(), 1U);
  }
  EXPECT_EQ(tree.snapshot(), before);
}

INSTANTIATE_TEST_SUITE_P(Contract, RealSample,
                         ::testing::Values("license_plate_recognition", "tripwire", "yolov5"),
                         [](const auto& sample) { return sample.param; });

}  // namespace
}  // namespace stream::api
