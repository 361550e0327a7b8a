#include "algorithm_catalog.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample_tree.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

class Catalog : public ::testing::Test {
 protected:
  Catalog() {
    write("types.json", {{"3", "helmet"}});
    manifest_ = {{"name", "helmet"},
                 {"title", "helmets"},
                 {"sample", "helmet_sample"},
                 {"detectors", json::array({{{"element", "yolov5"}, {"roi", true}}})},
                 {"filter_areas", {"trip_wire", "hot_area"}},
                 {"in_frames", 3},
                 {"out_frames", 5},
                 {"logic", {{"object", {{"from", "detections"}}}}}};
  }

  void write(const std::string& name, const json& content) { tree_.write_json(tree_.root() / name, content); }
  std::string failure() {
    write("helmet/algorithm.json", manifest_);
    const auto catalog = load_algorithm_catalog(tree_.root());
    return catalog ? "loaded" : catalog.error().message;
  }
  std::string file(const std::string& name) { return (tree_.root() / name).string(); }

  test::SampleTree tree_;
  json manifest_;
};

TEST_F(Catalog, ManifestIsReadWhole) {
  ASSERT_EQ(failure(), "loaded");
  const AlgorithmManifest manifest = load_algorithm_catalog(tree_.root()).value().at(3);
  EXPECT_EQ(manifest.name, "helmet");
  EXPECT_EQ(manifest.sample, "helmet_sample");
  EXPECT_EQ(manifest.demo, "helmet_sample_demo.json");
  EXPECT_EQ(manifest.detectors, (std::vector<DetectorRule>{{"yolov5", false, true}}));
  EXPECT_EQ(manifest.filter_areas, (std::vector<AreaSource>{AreaSource::kTripWire, AreaSource::kHotArea}));
  EXPECT_EQ(json::parse(manifest.logic_json), manifest_["logic"]);
}

TEST_F(Catalog, MistakesNameFileAndPath) {
  manifest_["detectors"][0]["roi"] = "yes";
  EXPECT_EQ(failure(),
            file("helmet/algorithm.json") + ": /detectors/0/roi: found \"yes\", expected true or false");
  manifest_["detectors"][0]["roi"] = true;
  manifest_["colour"] = 1;
  EXPECT_NE(failure().find("/colour: found an unknown member"), std::string::npos);
  manifest_.erase("colour");
  manifest_["filter_areas"] = {"line"};
  EXPECT_NE(failure().find("/filter_areas/0: found \"line\""), std::string::npos);
  manifest_["filter_areas"] = json::array();
  manifest_["sample"] = "../elsewhere";
  EXPECT_NE(failure().find("/sample: found \"../elsewhere\""), std::string::npos);
  manifest_["sample"] = "s";
  manifest_["in_frames"] = 0;
  EXPECT_NE(failure().find("/in_frames: found 0"), std::string::npos);
  manifest_["in_frames"] = 1;
  manifest_.erase("logic");
  EXPECT_NE(failure().find("/logic: found nothing, expected an object"), std::string::npos);
  manifest_["logic"] = json::object();
  manifest_["name"] = "other";
  EXPECT_NE(failure().find("/name: found \"other\", expected \"helmet\""), std::string::npos);
}

TEST_F(Catalog, TypeMapMistakesNameFileAndPath) {
  ASSERT_EQ(failure(), "loaded");
  write("types.json", {{"three", "helmet"}});
  EXPECT_EQ(failure(), file("types.json") +
                           ": /three: found a member that is no number, expected type numbers as names");
  write("types.json", {{"3", "nowhere"}});
  EXPECT_EQ(failure(), file("nowhere/algorithm.json") + ": cannot be read");
  write("types.json", json::array());
  EXPECT_EQ(failure(), file("types.json") + ": /: found an array, expected an object");
}

TEST(ShippedCatalog, AllAlgorithmsLoad) {
  const auto catalog = load_algorithm_catalog(STREAM_SOURCE_DIR "/algorithms");
  ASSERT_TRUE(catalog) << catalog.error().message;
  std::map<std::int32_t, std::string> names;
  for (const auto& [type, manifest] : *catalog) names[type] = manifest.name;
  EXPECT_EQ(names, (std::map<std::int32_t, std::string>{{1, "tripwire"},
                                                        {2, "license_area_intrusion"},
                                                        {3, "yolov5"},
                                                        {4, "yolov8"},
                                                        {5, "openpose"},
                                                        {16, "license_plate_recognition"}}));
}

}  // namespace
}  // namespace stream::api
