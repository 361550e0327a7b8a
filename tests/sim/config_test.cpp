// The demo file and the graph, from the installation of our own and from sophon-stream's samples.
#include <gmock/gmock.h>

#include "demo_config.hpp"
#include "graph.hpp"
#include "installation_fixture.hpp"
#include "stream/test/shared_data.hpp"

namespace stream::sim {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Runs in the working directory that the paths in the files are relative to.
class ConfigTest : public InstallationTest {
 public:
  ConfigTest() : before_(fs::current_path()) { fs::current_path(folder_.path() / "samples" / "build"); }
  ~ConfigTest() override { fs::current_path(before_); }

 protected:
  Result<std::vector<Graph>> graphs(const std::string& algorithm) const {
    const auto demo = read_demo_config("../" + algorithm + "/config/" + algorithm + "_demo.json");
    if (!demo) return tl::unexpected(demo.error());
    return read_graphs(demo->engine_config_path);
  }

  Graph graph(const std::string& algorithm) const {
    auto read = graphs(algorithm);
    EXPECT_TRUE(read) << read.error().message;
    if (!read) return {};
    EXPECT_FALSE(missing_of((*read)[0].libraries) || missing_of((*read)[0].models));
    return (*read)[0];
  }

  // The error of reading a demo file in which `pointer` is `value`.
  std::string demo_error(const std::string& pointer, const json& value) const {
    json demo = *load_json(config("yolov5") / "yolov5_demo.json");
    demo[json::json_pointer(pointer)] = value;
    write_text("changed.json", demo.dump());
    const auto read = read_demo_config("changed.json");
    return read ? "" : read.error().message;
  }

  // The same for the graph.
  std::string engine_error(const std::string& pointer, const json& value) const {
    json engine = *load_json(config("yolov5") / "engine_group.json");
    engine[json::json_pointer(pointer)] = value;
    write_text("changed.json", engine.dump());
    const auto read = read_graphs("changed.json");
    return read ? "" : read.error().message;
  }

 private:
  const fs::path before_;
};

TEST_F(ConfigTest, GraphsOfTheInstallationSayWhatTheyFind) {
  const auto plates = graph("license_plate_recognition");
  EXPECT_TRUE(plates.detects && plates.reads_plates);
  EXPECT_FALSE(plates.tracks || plates.poses || plates.faces || plates.filter || plates.push);
  const auto area = graph("license_area_intrusion");
  EXPECT_TRUE(area.detects && area.reads_plates && area.filter);
  const auto tripwire = graph("tripwire");
  EXPECT_TRUE(tripwire.detects && tripwire.tracks && tripwire.filter && tripwire.push);
  EXPECT_TRUE(graph("yolov5").detects);
  EXPECT_TRUE(graph("yolov8").detects);
  const auto poses = graph("openpose");
  EXPECT_TRUE(poses.poses);
  EXPECT_FALSE(poses.detects);
}

TEST_F(ConfigTest, PushThresholdAndRoiAreRead) {
  connect_graph("yolov5");
  const auto path = config("yolov5") / "yolov5_group.json";
  json detector = *load_json(path);
  detector["configure"]["threshold_conf"] = 0.75;
  detector["configure"]["roi"] = {{"left", 1}, {"top", 2}, {"width", 3}, {"height", 4}};
  write_text(path, detector.dump());
  const auto read = graph("yolov5");
  EXPECT_EQ(read.push, (PushTarget{"127.0.0.1", server_.port(), "/frames/in/key", false}));
  EXPECT_FLOAT_EQ(read.threshold_conf, 0.75F);
  EXPECT_EQ(read.roi, (picture::Rect{1, 2, 3, 4}));
}

TEST_F(ConfigTest, ElementsThatCannotBeReachedDoNotCount) {
  connect_graph("yolov5");
  const auto path = config("yolov5") / "engine_group.json";
  json engine = *load_json(path);
  engine[0]["connections"].erase(1);  // to http_push
  write_text(path, engine.dump());
  const auto read = graph("yolov5");
  EXPECT_TRUE(read.detects);
  EXPECT_FALSE(read.push);
}

TEST_F(ConfigTest, GraphMistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(engine_error("/0/elements/1/element_id", 5000),
              HasSubstr("/0/elements/1/element_id: found 5000, expected an id that no other"));
  EXPECT_THAT(engine_error("/0/elements/1/inner_elements_id/0", 5001),
              HasSubstr("inner_elements_id/0: found 5001"));
  EXPECT_THAT(engine_error("/0/connections/0/dst_element_id", 1),
              HasSubstr("dst_element_id: found 1, expected the id"));
  EXPECT_THAT(engine_error("/0/elements/0/ports", nullptr),
              HasSubstr("expected an element with an input port"));
  EXPECT_THAT(engine_error("/0/elements/1/element_config", "gone.json"),
              HasSubstr("gone.json: cannot be read"));
  EXPECT_THAT(engine_error("", json::array()), HasSubstr("expected at least one graph"));
}

TEST_F(ConfigTest, MissingFileOfAnElementIsNamed) {
  fs::remove("../../build/lib/libyolov5.so");
  EXPECT_EQ(missing_of((*graphs("yolov5"))[0].libraries), "../../build/lib/libyolov5.so");
}

TEST_F(ConfigTest, DemoMistakesAreNamedWithTheirPlace) {
  EXPECT_EQ(demo_error("/channels/0/source_type", "FILM"),
            "changed.json: /channels/0/source_type: found \"FILM\", expected RTSP, RTMP, GB28181, VIDEO, "
            "IMG_DIR or "
            "CAMERA");
  EXPECT_THAT(demo_error("/channels/0/sample_interval", 0),
              HasSubstr("/channels/0/sample_interval: found 0"));
  EXPECT_THAT(demo_error("/channels/0/fps", 0), HasSubstr("/channels/0/fps"));
  EXPECT_THAT(demo_error("/channels/0/channel_id", "0"), HasSubstr("expected an integer"));
  EXPECT_THAT(demo_error("/channels", json::array()), HasSubstr("expected at least one channel"));
  EXPECT_THAT(demo_error("/http_report", {{"ip", "127.0.0.1"}}), HasSubstr("/http_report/port: missing"));
  EXPECT_THAT(demo_error("/http_listen", {{"ip", "127.0.0.1"}, {"port", 70000}}), HasSubstr("found 70000"));
  EXPECT_THAT(demo_error("/http_listen", {{"ip", "127.0.0.1"}, {"port", 8000}}),
              HasSubstr("/http_listen/path: missing"));
  EXPECT_THAT(demo_error("/engine_config_path", 5), HasSubstr("expected a string"));
}

TEST_F(ConfigTest, PasswordsStayOutOfErrors) {
  EXPECT_THAT(demo_error("/channels/0/source_type", "rtsp://user:secret@cam"),
              ::testing::Not(HasSubstr("secret")));
}

TEST_F(ConfigTest, DefaultsAreThoseOfSophonStream) {
  const auto demo = read_demo_config("../yolov5/config/yolov5_demo.json");
  ASSERT_TRUE(demo) << demo.error().message;
  EXPECT_EQ(demo->listen, (HttpTarget{"0.0.0.0", 8000, ""}));
  EXPECT_FALSE(demo->report);
}

TEST_F(ConfigTest, SamplesOfSophonStreamAreUnderstood) {
  const auto shared = test::shared_dir();
  if (!shared) GTEST_SKIP() << shared.error().message;
  fs::copy(*shared / "contract" / "sophon-samples", folder_.path() / "samples",
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const auto read = [&](const std::string& engine) {
    const auto graphs = read_graphs(engine);
    EXPECT_TRUE(graphs) << graphs.error().message;
    return graphs ? (*graphs)[0] : Graph{};
  };
  const auto tripwire = read("../tripwire/config/engine_group.json");
  EXPECT_TRUE(tripwire.detects && tripwire.tracks && tripwire.filter);
  EXPECT_EQ(tripwire.push, (PushTarget{"0.0.0.0", 10001, "/flask_test/", false}));
  for (const std::string engine : {"engine", "engine_group"}) {
    const auto plates = read("../license_plate_recognition/config/" + engine + ".json");
    EXPECT_TRUE(plates.detects && plates.reads_plates) << engine;
    EXPECT_FALSE(plates.push) << engine;
    EXPECT_TRUE(read("../yolov5/config/" + engine + ".json").detects) << engine;
  }
  for (const std::string algorithm : {"tripwire", "license_plate_recognition", "yolov5"}) {
    const auto demo = read_demo_config("../" + algorithm + "/config/" + algorithm + "_demo.json");
    EXPECT_TRUE(demo) << demo.error().message;
  }
}

}  // namespace
}  // namespace stream::sim
