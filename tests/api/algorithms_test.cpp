#include "algorithms.hpp"

#include <gtest/gtest.h>

#include "../manifest/sample_tree.hpp"
#include "stream/common/eventually.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

class AlgorithmsTest : public ::testing::Test {
 protected:
  static json manifest(const std::string& title) {
    return {{"name", "helmet"},
            {"title", title},
            {"types", {21}},
            {"stream", {{"sample", "s"}}},
            {"mapping", json::array()},
            {"object", {{"from", "detections"}, {"key", "class"}}},
            {"rules", json::object()},
            {"event", json::object()}};
  }
  void put(const std::string& text) { tree_.write(tree_.root() / "a/helmet/algorithm.json", text); }

  std::unique_ptr<Algorithms> follow() {
    manifest::CatalogReader reader(tree_.root() / "a");
    auto catalog = reader.read();
    EXPECT_TRUE(catalog);
    return std::make_unique<Algorithms>(std::move(reader), *std::move(catalog), metrics_,
                                        std::chrono::milliseconds(5));
  }
  bool says(const std::string& line) { return metrics_.text().find(line) != std::string::npos; }

  manifest::test::SampleTree tree_;
  Metrics metrics_;
};

TEST_F(AlgorithmsTest, ChangedFolderIsTakenWithoutARestart) {
  put(manifest("one").dump());
  const auto algorithms = follow();
  EXPECT_EQ(algorithms->now()->find(21)->title, "one");
  put(manifest("another").dump());
  EXPECT_TRUE(eventually([&] { return algorithms->now()->find(21)->title == "another"; }));
  EXPECT_TRUE(eventually([&] { return says("stream_api_algorithm_reloads_total 1"); }));
}

TEST_F(AlgorithmsTest, BrokenFolderKeepsTheLastGoodVersionAndSaysSo) {
  put(manifest("one").dump());
  const auto algorithms = follow();
  const auto good = algorithms->now()->find(21);
  EXPECT_TRUE(says("stream_api_algorithms{state=\"broken\"} 0"));
  put("{");
  EXPECT_TRUE(eventually([&] { return algorithms->list()[0]["error"] != ""; }));
  EXPECT_EQ(algorithms->now()->find(21), good);
  EXPECT_EQ(algorithms->list()[0]["usable"], true);
  EXPECT_TRUE(eventually([&] { return says("stream_api_algorithms{state=\"broken\"} 1"); }));
  EXPECT_TRUE(says("stream_api_algorithms{state=\"usable\"} 1"));
  put(manifest("mended").dump());
  EXPECT_TRUE(eventually([&] { return algorithms->now()->find(21)->title == "mended"; }));
  EXPECT_TRUE(eventually([&] { return says("stream_api_algorithms{state=\"broken\"} 0"); }));
}

}  // namespace
}  // namespace stream::api
