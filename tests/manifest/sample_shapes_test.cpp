// Samples of every shape found in the field become the configuration of one task.
#include <gtest/gtest.h>

#include <set>

#include "sample_tree.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/manifest/stream_config.hpp"
#include "stream/manifest/stream_graph.hpp"

namespace stream::manifest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string kFolder = "/data/tasks/one/0/config";

class SampleShapes : public ::testing::Test {
 protected:
  SampleShapes() {
    manifest_ = json::parse(R"({
      "name": "helmet", "title": "helmets", "types": [3], "stream": {"sample": "sample"},
      "files": {"detector": {"elements": ["yolo*"], "optional": true}},
      "mapping": [{"from": "/Algorithm/threshold", "to": "detector", "at": "/configure/threshold_conf",
                   "convert": "threshold"}],
      "object": {"from": "detections", "key": "class"}, "rules": {}, "event": {}})");
  }

  Result<StreamConfig> convert() {
    const auto algorithm = read_algorithm("/algorithms/helmet", manifest_);
    EXPECT_TRUE(algorithm) << algorithm.error().message;
    const auto task = parse_task_definition(json::parse(R"({"TaskID": "one",
      "InputSrc": {"SrcID": "cam", "StreamSrc": {"Address": "rtsp://camera/1"}},
      "Algorithm": [{"Type": 3, "threshold": 25}], "Reporting": {"ReportUrlList": ["http://127.0.0.1:9/upload"]}})"));
    const Installation installation(tree_.root());
    return make_stream_config(
        {installation, *algorithm, *task, 0, "RTSP", {"10.0.0.7", 10001, "abc123"}, 40000, kFolder});
  }

  // Converts and checks what must hold whatever the shape. Leaves the result in the members below.
  void expect_sound() {
    auto config = convert();
    ASSERT_TRUE(config) << config.error().message;
    config_ = *std::move(config);
    const json& demo = config_.files.at(config_.demo_file);
    ASSERT_EQ(demo["channels"].size(), 1U);
    EXPECT_EQ(demo["channels"][0]["channel_id"], 0);
    engine_ = file(demo["engine_config_path"]);
    ASSERT_EQ(engine_.size(), 1U);
    std::optional<Error> error;
    graph_ = read_graph(JsonReader(engine_[0], error));
    ASSERT_FALSE(error);
    EXPECT_TRUE(check_graph(graph_));
    std::set<std::string> used = {config_.demo_file,
                                  fs::path(demo["engine_config_path"].get<std::string>()).filename()};
    int pushes = 0;
    for (const GraphElement& element : graph_.elements) {
      used.insert(fs::path(element.config).filename());
      if (name(element) != "http_push") continue;
      ++pushes;
      EXPECT_EQ(element.sink_ports.size(), 1U) << "the push is not the end";
      EXPECT_EQ(file(element.config)["configure"]["path"], "/frames/in/abc123");
    }
    EXPECT_EQ(pushes, 1);
    EXPECT_EQ(used.size(), config_.files.size()) << "files that nothing refers to";
  }

  const json& file(const std::string& reference) const {
    EXPECT_EQ(fs::path(reference).parent_path(), kFolder);
    return config_.files.at(fs::path(reference).filename());
  }
  std::string name(const GraphElement& element) const { return file(element.config)["name"]; }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const GraphElement& element : graph_.elements) all.push_back(name(element));
    return all;
  }
  // "a>b" for every connection.
  std::set<std::string> links() const {
    std::set<std::string> all;
    for (const GraphConnection& link : graph_.connections) {
      const auto by_id = [&](std::int64_t id) {
        const auto found = std::find_if(graph_.elements.begin(), graph_.elements.end(),
                                        [&](const GraphElement& element) { return element.id == id; });
        return name(*found);
      };
      all.insert(by_id(link.source_id) + ">" + by_id(link.target_id));
    }
    return all;
  }
  const json& detector(std::size_t element) const {
    return file(graph_.elements.at(element).config)["configure"];
  }

  void change_first_channel(const json& members) const {
    const fs::path file = tree_.config("sample") / "sample_demo.json";
    json demo = read_json_file(file).value();
    demo["channels"][0].update(members);
    tree_.write_json(file, demo);
  }

  static json configure() { return {{"model_path", "../sample/data/m.bmodel"}, {"threshold_conf", 0.5}}; }

  test::SampleTree tree_;
  json manifest_;
  StreamConfig config_;
  json engine_;
  StreamGraph graph_;
};

TEST_F(SampleShapes, GroupedElementWithInnerElements) {
  tree_.add_chain("sample", {{5000, "decode"}, {5001, "yolov5_group", {10001, 10002, 10003}, configure()}});
  expect_sound();
  EXPECT_EQ(detector(1)["threshold_conf"], 0.25);
  EXPECT_EQ(links(), (std::set<std::string>{"decode>yolov5_group", "yolov5_group>http_push"}));
}

TEST_F(SampleShapes, SingleElementsForEachStage) {
  tree_.add_chain("sample", {{5000, "decode"},
                             {5001, "yolov7", {}, configure(), "pre.json"},
                             {5002, "yolov7", {}, configure(), "infer.json"},
                             {5003, "yolov7", {}, configure(), "post.json"}});
  expect_sound();
  for (std::size_t i = 1; i <= 3; ++i) EXPECT_EQ(detector(i)["threshold_conf"], 0.25);
}

TEST_F(SampleShapes, SinksThatEncodeDrawOrShow) {
  for (const char* sink : {"encode", "osd", "qt_display", "ws"}) {
    SCOPED_TRACE(sink);
    tree_.add_chain("sample", {{1, "decode"}, {2, "yolox_group", {11, 12, 13}, configure()}, {3, sink}});
    expect_sound();
    EXPECT_TRUE(links().contains(std::string(sink) + ">http_push"));
  }
}

TEST_F(SampleShapes, OneElementAlone) {
  tree_.add_chain("sample", {{1, "decode"}});
  json engine = read_json_file(tree_.config("sample") / "engine_group.json").value();
  engine[0].erase("connections");
  tree_.write_json(tree_.config("sample") / "engine_group.json", engine);
  expect_sound();
  EXPECT_EQ(links(), std::set<std::string>{"decode>http_push"});
}

TEST_F(SampleShapes, PushThatIsNotTheEndGoesAndTheEndGetsOne) {
  tree_.add_chain("sample", {{1, "decode"}, {2, "yolov5", {}, configure()}, {3, "http_push"}, {4, "osd"}});
  expect_sound();
  EXPECT_EQ(links(), (std::set<std::string>{"decode>yolov5", "yolov5>osd", "osd>http_push"}));
}

TEST_F(SampleShapes, OfSeveralPushesTheLastStays) {
  tree_.add_chain("sample", {{1, "decode"},
                             {2, "http_push", {}, json::object(), "early.json"},
                             {3, "yolov5", {}, configure()},
                             {4, "http_push", {}, json::object(), "late.json"}});
  expect_sound();
  EXPECT_EQ(graph_.elements.back().id, 4);
}

TEST_F(SampleShapes, PushOnABranchWithoutAnEndGoes) {
  tree_.add_chain("sample", {{1, "decode"}, {2, "yolov5", {}, configure()}, {3, "osd"}});
  tree_.add_chain("other", {{1, "http_push"}});
  json engine = read_json_file(tree_.config("sample") / "engine_group.json").value();
  engine[0]["elements"].push_back({{"element_id", 9}, {"element_config", "../other/config/http_push.json"}});
  engine[0]["connections"].push_back(
      {{"src_element_id", 2}, {"src_port", 1}, {"dst_element_id", 9}, {"dst_port", 0}});
  tree_.write_json(tree_.config("sample") / "engine_group.json", engine);
  expect_sound();
  EXPECT_EQ(names(), (std::vector<std::string>{"decode", "yolov5", "osd", "http_push"}));
}

TEST_F(SampleShapes, BranchesThatComeTogetherAgain) {
  tree_.add_chain(
      "sample",
      {{1, "decode"}, {2, "yolov5_group", {11, 12, 13}, configure()}, {3, "distributor"}, {4, "converger"}});
  tree_.add_chain("other", {{1, "lprnet_group"}});
  json engine = read_json_file(tree_.config("sample") / "engine_group.json").value();
  engine[0]["elements"].push_back({{"element_id", 5},
                                   {"element_config", "../other/config/lprnet_group.json"},
                                   {"inner_elements_id", {21, 22, 23}}});
  for (const auto& [from, from_port, to, to_port] : {std::array{3, 1, 5, 0}, std::array{5, 0, 4, 1}}) {
    engine[0]["connections"].push_back(
        {{"src_element_id", from}, {"src_port", from_port}, {"dst_element_id", to}, {"dst_port", to_port}});
  }
  tree_.write_json(tree_.config("sample") / "engine_group.json", engine);
  expect_sound();
  EXPECT_TRUE(links().contains("converger>http_push"));
  EXPECT_GT(graph_.elements.back().id, 23);
}

TEST_F(SampleShapes, TwoElementsMayShareAFile) {
  tree_.add_chain("sample", {{1, "decode"}, {2, "yolov5", {}, configure()}, {3, "yolov5", {}, configure()}});
  expect_sound();
  EXPECT_EQ(graph_.elements[1].config, graph_.elements[2].config);
  EXPECT_EQ(detector(1)["threshold_conf"], 0.25);
}

TEST_F(SampleShapes, OfSeveralGraphsTheManifestMayChoose) {
  tree_.add_graphs("sample", {{{1, "decode"}, {2, "osd"}}, {{1, "decode"}, {2, "encode"}}});
  manifest_["stream"]["graph_id"] = 1;
  expect_sound();
  EXPECT_TRUE(links().contains("encode>http_push"));
  manifest_["stream"]["graph_id"] = 7;
  EXPECT_EQ(
      convert().error().message,
      (tree_.config("sample") / "engine_group.json").string() +
          ": /: found no graph with the graph_id 7, expected one, as /algorithms/helmet/algorithm.json says");
}

TEST_F(SampleShapes, OfSeveralGraphsTheFirstChannelsIsTaken) {
  tree_.add_graphs("sample", {{{1, "decode"}, {2, "osd"}}, {{1, "decode"}, {2, "encode"}}});
  change_first_channel({{"graph_id", 1}});
  expect_sound();
  EXPECT_TRUE(links().contains("encode>http_push"));
}

// A picture put together from several cameras: of these the task has one.
TEST_F(SampleShapes, SeveralSourcesWithOneFile) {
  tree_.add_chain("sample", {{1, "decode"}, {2, "dwa"}, {3, "blend"}, {4, "encode"}});
  tree_.add_chain("other", {{9, "dwa"}});
  json engine = read_json_file(tree_.config("sample") / "engine_group.json").value();
  json second = engine[0]["elements"][0];
  second["element_id"] = 8;
  engine[0]["elements"].push_back(second);
  engine[0]["elements"].push_back({{"element_id", 9}, {"element_config", "../other/config/dwa.json"}});
  for (const auto& [from, to, to_port] : {std::array{8, 9, 0}, std::array{9, 3, 1}}) {
    engine[0]["connections"].push_back(
        {{"src_element_id", from}, {"src_port", 0}, {"dst_element_id", to}, {"dst_port", to_port}});
  }
  tree_.write_json(tree_.config("sample") / "engine_group.json", engine);
  change_first_channel({{"decode_id", 8}});
  expect_sound();
  EXPECT_EQ(std::count_if(graph_.elements.begin(), graph_.elements.end(),
                          [](const GraphElement& element) { return element.is_source; }),
            2);
  EXPECT_EQ(config_.files.at(config_.demo_file)["channels"][0]["decode_id"], 8);
  EXPECT_TRUE(links().contains("encode>http_push"));
}

TEST_F(SampleShapes, PortsNamedAtEveryElement) {
  tree_.add_chain("sample", {{1, "decode"}, {2, "yolov5", {}, configure()}, {3, "bytetrack"}});
  json engine = read_json_file(tree_.config("sample") / "engine_group.json").value();
  const json plain = json::array({{{"port_id", 0}, {"is_sink", false}, {"is_src", false}}});
  for (json& element : engine[0]["elements"]) {
    for (const char* side : {"input", "output"}) {
      if (!element["ports"].contains(side)) element["ports"][side] = plain;
    }
  }
  tree_.write_json(tree_.config("sample") / "engine_group.json", engine);
  expect_sound();
  EXPECT_EQ(names(), (std::vector<std::string>{"decode", "yolov5", "bytetrack", "http_push"}));
}

TEST_F(SampleShapes, ChannelKeepsWhatIsNotTheTasks) {
  tree_.add_chain("sample", {{1, "decode"}, {2, "osd"}, {3, "encode"}});
  change_first_channel({{"skip_element", {2, 3}},
                        {"sample_strategy", "KEEP"},
                        {"roi", {{"left", 0}, {"top", 0}, {"width", 800}, {"height", 600}}}});
  expect_sound();
  const json& channel = config_.files.at(config_.demo_file)["channels"][0];
  EXPECT_EQ(channel["skip_element"], (json{2, 3}));
  EXPECT_EQ(channel["sample_strategy"], "KEEP");
  EXPECT_FALSE(channel.contains("roi")) << "it was drawn for the sample's video";
}

TEST_F(SampleShapes, EngineFileOfTheManifestIsTaken) {
  tree_.add_chain("sample", {{1, "decode"}, {2, "osd"}});
  fs::copy(tree_.config("sample") / "engine_group.json", tree_.config("sample") / "engine_other.json");
  fs::remove(tree_.config("sample") / "engine_group.json");
  manifest_["stream"]["engine"] = "engine_other.json";
  expect_sound();
  EXPECT_TRUE(config_.files.contains("engine_other.json"));
}

TEST_F(SampleShapes, ThresholdsForEachClassAreRaisedToTheTasks) {
  json by_class = configure();
  by_class["threshold_conf"] = {{"person", 0.125}, {"car", 0.9}, {"bus", 1}};
  tree_.add_chain("sample", {{1, "decode"}, {2, "yolov5", {}, by_class}});
  expect_sound();
  EXPECT_EQ(detector(1)["threshold_conf"], (json{{"person", 0.25}, {"car", 0.9}, {"bus", 1}}));
  EXPECT_EQ(config_.samples.at("yolov5.json").content["configure"], by_class);
}

TEST_F(SampleShapes, RulesOfTheOneChannelStay) {
  // The sample's first channel has id 2.
  const json rules = {{"rules", {{{"channel_id", 9}, {"k", 1}}, {{"channel_id", 2}, {"k", 2}}}}};
  tree_.add_chain("sample", {{1, "decode"}, {2, "filter", {}, rules}});
  expect_sound();
  EXPECT_EQ(detector(1)["rules"], json::parse(R"([{"channel_id": 0, "k": 2}])"));
  // Rules that are not for channels are not touched.
  const json routes = {{"rules", {{{"port", 1}}, {{"port", 2}}}}};
  tree_.add_chain("sample", {{1, "decode"}, {2, "distributor", {}, routes}});
  expect_sound();
  EXPECT_EQ(detector(1)["rules"], routes["rules"]);
}

TEST_F(SampleShapes, ElementsThatTheManifestAddsStandWhereItSays) {
  const json added = {{"name", "late_filter"}, {"shared_object", "../../build/lib/libdecode.so"}};
  manifest_["graph"] = json::array({{{"element", added}}});
  manifest_["files"]["added"] = {{"elements", {"late_filter"}}};
  manifest_["mapping"].push_back({{"value", 7}, {"to", "added"}, {"at", "/configure/x"}});

  tree_.add_chain("sample", {{1, "decode"}, {2, "osd"}});
  expect_sound();
  EXPECT_EQ(links(), (std::set<std::string>{"decode>osd", "osd>late_filter", "late_filter>http_push"}));
  EXPECT_EQ(config_.files.at("late_filter.json")["configure"], (json{{"x", 7}}));
  EXPECT_FALSE(config_.samples.contains("late_filter.json"));

  tree_.add_chain("sample", {{1, "decode"}, {2, "http_push"}});
  expect_sound();
  EXPECT_EQ(links(), (std::set<std::string>{"decode>late_filter", "late_filter>http_push"}));

  manifest_["graph"][0]["after"] = "dec*";
  tree_.add_chain("sample", {{1, "decode"}, {2, "osd"}});
  expect_sound();
  EXPECT_EQ(links(), (std::set<std::string>{"decode>late_filter", "late_filter>osd", "osd>http_push"}));

  tree_.add_chain("sample", {{1, "decode"}, {2, "late_filter"}});
  expect_sound();
  EXPECT_EQ(names().size(), 3U);  // it has one

  tree_.add_chain("sample", {{1, "recv"}, {2, "osd"}});
  EXPECT_EQ(convert().error().message,
            "/algorithms/helmet/algorithm.json: /graph/0/after: found no element dec* in " +
                (tree_.config("sample") / "engine_group.json").string() + ", which has recv, osd");
}

TEST_F(SampleShapes, RoleThatNoElementHasIsAnError) {
  manifest_["files"]["detector"].erase("optional");
  tree_.add_chain("sample", {{1, "decode"}, {2, "osd"}});
  EXPECT_EQ(
      convert().error().message,
      (tree_.config("sample") / "engine_group.json").string() +
          ": found the elements decode, osd, http_push, expected one named yolo* (else say \"optional\" in "
          "/algorithms/helmet/algorithm.json: /files/detector)");
}

}  // namespace
}  // namespace stream::manifest
