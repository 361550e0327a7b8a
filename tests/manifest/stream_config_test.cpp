#include "stream/manifest/stream_config.hpp"

#include <gtest/gtest.h>

#include <set>

#include "sample_tree.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/manifest/stream_graph.hpp"

namespace stream::manifest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string kFolder = "/data/tasks/one/0/config";

// A manifest that leaves the areas and the intervals to the stream's filter, for a sample.
json manifest_of(const std::string& sample) {
  return json::parse(R"({
    "name": "helmet", "title": "helmets", "types": [3], "stream": {"sample": ")" +
                     sample + R"("},
    "files": {"detector": {"elements": ["yolov5", "yolox"], "optional": true},
              "roi_detector": {"elements": ["yolov5"], "optional": true},
              "filter": {"elements": ["filter"], "optional": true}},
    "mapping": [
      {"from": "/Algorithm/DetectInterval", "to": "demo", "at": "/channels/*/sample_interval", "min": 1},
      {"from": "/Algorithm/threshold", "to": "detector", "at": "/configure/threshold_conf", "convert": "fraction"},
      {"from": "/Algorithm/DetectInfos/*/HotArea", "to": "roi_detector", "at": "/configure/roi",
       "convert": "bounding_rect", "absent": "remove"},
      {"to": "filter", "at": "/configure/rules/*/filters/*/alert_first_frames", "remove": true},
      {"from": "/Algorithm/TrackInterval", "to": "filter",
       "at": "/configure/rules/*/filters/*/alert_first_frame", "min": 0},
      {"from": "/Algorithm/AlarmInterval", "to": "filter",
       "at": "/configure/rules/*/filters/*/alert_frame_skip_nums", "min": 1},
      {"from": "/Algorithm/DetectInfos/*/HotArea", "to": "filter", "at": "/configure/rules/*/filters/*/areas",
       "convert": "polygons", "default": [[]]},
      {"from": "/Algorithm/DetectInfos/*/TripWire", "to": "filter", "at": "/configure/rules/*/filters/*/areas",
       "convert": "lines"},
      {"value": [{"time_start": "00:00:00", "time_end": "24:00:00"}], "to": "filter",
       "at": "/configure/rules/*/filters/*/times"}],
    "object": {"from": "detections", "key": "class"}, "rules": {}, "event": {}})");
}

json usual_request() {
  return json::parse(
      R"({"Type": 3, "TrackInterval": 20, "DetectInterval": 3, "AlarmInterval": 300, "threshold": 62.5,
    "DetectInfos": [{"TripWire": {"LineStart": {"X": 384, "Y": 72}, "LineEnd": {"X": 384, "Y": 504}},
                     "HotArea": [{"X": 96, "Y": 72}, {"X": 672, "Y": 72}, {"X": 672, "Y": 504}, {"X": 96, "Y": 504}]}]})");
}

Result<StreamConfig> convert(const fs::path& root, const json& manifest, const json& request,
                             const std::string& source_type = "RTSP", const std::string& folder = kFolder) {
  const auto algorithm = read_algorithm("/algorithms/helmet", manifest);
  EXPECT_TRUE(algorithm) << algorithm.error().message;
  const auto task = parse_task_definition(
      {{"TaskID", "one"},
       {"InputSrc", {{"SrcID", "cam"}, {"StreamSrc", {{"Address", "rtsp://u:secret@camera/1"}}}}},
       {"Algorithm", json::array({request})},
       {"Reporting", {{"ReportUrlList", {"http://127.0.0.1:9/upload"}}}}});
  EXPECT_TRUE(task) << task.error().message;
  if (!algorithm || !task) return fail(ErrorCode::kInvalid, "the test's own input");
  const Installation installation(root);
  return make_stream_config(
      {installation, *algorithm, *task, 0, source_type, {"10.0.0.7", 10001, "abc123"}, 40000, folder});
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

class MakeStreamConfig : public ::testing::Test {
 protected:
  Outcome converted(const std::string& sample, const json& request = usual_request()) {
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

TEST_F(MakeStreamConfig, DemoFileHasOneChannelAndPrivatePorts) {
  tree_.add_grouped("grouped");
  const Outcome outcome = converted("grouped");
  EXPECT_EQ(outcome.demo["channels"], json::array({{{"channel_id", 0},
                                                    {"url", "rtsp://u:secret@camera/1"},
                                                    {"source_type", "RTSP"},
                                                    {"sample_interval", 3},
                                                    {"loop_num", 1},
                                                    {"fps", -1}}}));
  EXPECT_EQ(outcome.config.sample_interval, 3);
  EXPECT_EQ(outcome.demo["http_listen"], (json{{"ip", "127.0.0.1"}, {"port", 40000}, {"path", ""}}));
  EXPECT_EQ(outcome.demo["http_report"],
            (json{{"ip", "10.0.0.7"}, {"port", 10001}, {"path", "/frames/in/abc123"}}));
  EXPECT_EQ(outcome.demo["download_image"], false);
  EXPECT_EQ(outcome.demo["class_names"], "../grouped/data/coco.names");
  EXPECT_EQ(outcome.demo["draw_func_name"], "draw_results");
}

TEST_F(MakeStreamConfig, GroupedSinkGetsAnHttpPush) {
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

TEST_F(MakeStreamConfig, SingleStagesAllTakeThresholdAndRoi) {
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

TEST_F(MakeStreamConfig, ExistingHttpPushIsKeptAndRedirected) {
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

TEST_F(MakeStreamConfig, DetectorWithoutRoiGetsNone) {
  tree_.add_with_http_push();
  const Outcome outcome = converted("pushing");
  EXPECT_EQ(outcome.element(1)["configure"]["threshold_conf"], 0.625);
  EXPECT_FALSE(outcome.element(1)["configure"].contains("roi"));
}

TEST_F(MakeStreamConfig, FilterIsFilledFromTheTask) {
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

TEST_F(MakeStreamConfig, FilterTakesTheAreaWhenNoLineWasDrawn) {
  tree_.add_with_http_push();
  json request = usual_request();
  request["DetectInfos"] = json::parse(R"([
    {"HotArea": [{"X": -10, "Y": 0}, {"X": 100, "Y": 0}, {"X": 100, "Y": 100}]},
    {"HotArea": [{"X": 300, "Y": 300}, {"X": 400, "Y": 300}, {"X": 350, "Y": 400}]}])");
  const json filter = converted("pushing", request).element(3)["configure"]["rules"][0]["filters"][0];
  EXPECT_EQ(filter["areas"], json::parse(R"([
    [{"left":0,"top":0},{"left":100,"top":0},{"left":100,"top":100}],
    [{"left":300,"top":300},{"left":400,"top":300},{"left":350,"top":400}]])"));
}

TEST_F(MakeStreamConfig, FilterLetsEverythingThroughWithoutLineAndArea) {
  tree_.add_with_http_push();
  json request = usual_request();
  request["DetectInfos"] = nullptr;
  request["AlarmInterval"] = 0;
  const json filter = converted("pushing", request).element(3)["configure"]["rules"][0]["filters"][0];
  EXPECT_EQ(filter["areas"], json::array({json::array()}));
  EXPECT_EQ(filter["alert_frame_skip_nums"], 1);
}

TEST_F(MakeStreamConfig, MisspeltKeyOfFilterIsReplaced) {
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

TEST_F(MakeStreamConfig, RoiOfTheSampleGoesWhenThereIsNoArea) {
  tree_.add_grouped("grouped");
  json detector = load(config_file("grouped", "yolov5_group.json"));
  detector["configure"]["roi"] = {{"left", 600}, {"top", 400}, {"width", 800}, {"height", 600}};
  tree_.write_json(config_file("grouped", "yolov5_group.json"), detector);
  json request = usual_request();
  request["DetectInfos"][0]["HotArea"] = json::array();
  EXPECT_FALSE(converted("grouped", request).element(1)["configure"].contains("roi"));
  request["DetectInfos"] = nullptr;
  EXPECT_FALSE(converted("grouped", request).element(1)["configure"].contains("roi"));
}

TEST_F(MakeStreamConfig, ThresholdOfEveryClassIsReplacedByTheTasks) {
  tree_.add_grouped("grouped");
  json detector = load(config_file("grouped", "yolov5_group.json"));
  detector["configure"]["threshold_conf"] = {{"person", 0.3}, {"car", 0.5}};
  tree_.write_json(config_file("grouped", "yolov5_group.json"), detector);
  EXPECT_EQ(converted("grouped").element(1)["configure"]["threshold_conf"], 0.625);
  json request = usual_request();
  request.erase("threshold");
  EXPECT_EQ(converted("grouped", request).element(1)["configure"]["threshold_conf"],
            detector["configure"]["threshold_conf"]);
}

TEST_F(MakeStreamConfig, DetectIntervalIsAtLeastOneAndElseTheSamples) {
  tree_.add_grouped("grouped");
  json request = usual_request();
  request["DetectInterval"] = 0;
  EXPECT_EQ(converted("grouped", request).config.sample_interval, 1);
  request["DetectInterval"] = nullptr;
  EXPECT_EQ(converted("grouped", request).config.sample_interval, 4);
  EXPECT_EQ(converted("grouped", request).demo["channels"][0]["sample_interval"], 4);
}

TEST_F(MakeStreamConfig, TaskSaysHowOftenAFileIsPlayed) {
  tree_.add_grouped("grouped");
  json request = usual_request();
  EXPECT_EQ(converted("grouped", request).demo["channels"][0]["loop_num"], 1) << "as the sample says";
  request["Extend"] = {{"LoopNum", 0}};
  EXPECT_EQ(converted("grouped", request).demo["channels"][0]["loop_num"], 0);
}

TEST_F(MakeStreamConfig, FileIsNotPlayedFasterThanItsFramesCanBePosted) {
  tree_.add_grouped("grouped");  // its channels have fps -1
  const auto fps = [&](const std::string& source_type) {
    const auto config = convert(tree_.root(), manifest_of("grouped"), usual_request(), source_type);
    return config.value().files.at("grouped_demo.json")["channels"][0]["fps"];
  };
  EXPECT_EQ(fps("VIDEO"), 25);
  EXPECT_EQ(fps("IMG_DIR"), 25);
  EXPECT_EQ(fps("RTSP"), -1);
}

TEST_F(MakeStreamConfig, OfSeveralGraphsOneStaysAndIdsAvoidThemAll) {
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

TEST_F(MakeStreamConfig, StreamPathPlaceholderIsReplacedEverywhere) {
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

TEST_F(MakeStreamConfig, ElementsOfAnotherSampleAreCopiedUnderANameOfTheirOwn) {
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

TEST_F(MakeStreamConfig, ReferenceWrittenForAnotherWorkingDirectoryFindsTheSamplesOwnFile) {
  tree_.add_grouped("grouped");
  json engine = load(config_file("grouped", "engine_group.json"));
  for (json& element : engine[0]["elements"]) {
    const fs::path path = element["element_config"].get<std::string>();
    element["element_config"] = "../config/" + path.filename().string();
  }
  tree_.write_json(config_file("grouped", "engine_group.json"), engine);
  EXPECT_EQ(converted("grouped").element(1)["name"], "yolov5_group");
}

TEST_F(MakeStreamConfig, MissingOrBrokenFilesAreNamed) {
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
  EXPECT_EQ(failure("nowhere"), (root / "samples/nowhere/config").string() +
                                    ": found no such folder, expected the sample of "
                                    "/algorithms/helmet/algorithm.json: /stream/sample");
}

TEST_F(MakeStreamConfig, UnsoundGraphIsAnErrorThatNamesTheFile) {
  tree_.add_grouped("grouped");
  json engine = load(config_file("grouped", "engine_group.json"));
  engine[0]["connections"].clear();
  tree_.write_json(config_file("grouped", "engine_group.json"), engine);
  EXPECT_EQ(failure("grouped"),
            config_file("grouped", "engine_group.json").string() +
                ": /connections: found none for element 5001, expected all to be connected");
}

TEST_F(MakeStreamConfig, BrokenFilterIsAnErrorThatNamesTheFile) {
  tree_.add_with_http_push();
  json filter = load(config_file("pushing", "filter.json"));
  filter["configure"]["rules"] = json::array();
  tree_.write_json(config_file("pushing", "filter.json"), filter);
  EXPECT_EQ(failure("pushing"), config_file("pushing", "filter.json").string() +
                                    ": /configure/rules: found an empty array, expected at least one element "
                                    "(/algorithms/helmet/algorithm.json: /mapping/4)");
}

TEST_F(MakeStreamConfig, InstallationIsLeftAlone) {
  tree_.add_with_http_push();
  const auto before = tree_.snapshot();
  converted("pushing");
  EXPECT_EQ(tree_.snapshot(), before);
}

}  // namespace
}  // namespace stream::manifest
