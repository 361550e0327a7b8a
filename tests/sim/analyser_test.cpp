#include "analyser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stream::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A person, a car with a plate, a car whose plate cannot be seen.
Scene scene() {
  Scene scene;
  scene.sightings = {{Sighting::Kind::kPerson, {10, 10, 20, 60}, "", {}, true},
                     {Sighting::Kind::kCar, {100, 10, 80, 40}, "京A12345", {120, 30, 30, 10}, false},
                     {Sighting::Kind::kCar, {300, 10, 80, 40}, "", {}, false}};
  return scene;
}

Graph graph_that(std::initializer_list<bool Graph::*> does) {
  Graph graph;
  for (const auto stage : does) graph.*stage = true;
  return graph;
}

Objects analyse(const Graph& graph) {
  return Analyser(graph, 1).analyse(scene());
}

TEST(Analyser, DetectorSeesPeopleAndCars) {
  const auto objects = analyse(graph_that({&Graph::detects}));
  ASSERT_THAT(objects.detections, SizeIs(3));
  EXPECT_EQ(objects.detections[0].class_id, kPersonClass);
  EXPECT_EQ(objects.detections[1].class_id, kCarClass);
  EXPECT_EQ(objects.detections[1].box, (picture::Rect{100, 10, 80, 40}));
  EXPECT_THAT(objects.track_ids, IsEmpty());
  EXPECT_THAT(objects.plates, IsEmpty());
  EXPECT_THAT(objects.poses, IsEmpty());
  EXPECT_THAT(objects.faces, IsEmpty());
}

TEST(Analyser, DetectorSeesWhatItsClassesName) {
  auto graph = graph_that({&Graph::detects});
  graph.class_names = {"truck", "head", "helmet"};
  const auto helmet = analyse(graph);
  ASSERT_THAT(helmet.detections, SizeIs(1));
  EXPECT_EQ(helmet.detections[0].class_id, 2);
  EXPECT_EQ(helmet.detections[0].box, (picture::Rect{15, 10, 10, 10}));

  auto bare = scene();
  bare.sightings[0].wears_helmet = false;
  const auto head = Analyser(graph, 1).analyse(bare);
  ASSERT_THAT(head.detections, SizeIs(1));
  EXPECT_EQ(head.detections[0].class_id, 1);

  graph.class_names = {"truck"};
  EXPECT_THAT(analyse(graph).detections, IsEmpty());
}

TEST(Analyser, PlateReaderSeesPlatesOnly) {
  const auto objects = analyse(graph_that({&Graph::detects, &Graph::reads_plates}));
  ASSERT_THAT(objects.detections, SizeIs(1));
  EXPECT_EQ(objects.detections[0].box, (picture::Rect{120, 30, 30, 10}));
  EXPECT_EQ(objects.detections[0].class_id, kPlateClass);
  ASSERT_THAT(objects.plates, SizeIs(1));
  EXPECT_EQ(objects.plates[0].label, "京A12345");
}

TEST(Analyser, TrackerNumbersEveryDetection) {
  EXPECT_THAT(analyse(graph_that({&Graph::detects, &Graph::tracks})).track_ids, ElementsAre(1, 2, 3));
}

TEST(Analyser, ThresholdDropsLowScores) {
  auto graph = graph_that({&Graph::detects});
  graph.threshold_conf = 0.98F;  // scores are made up below that
  EXPECT_THAT(analyse(graph).detections, IsEmpty());
}

TEST(Analyser, RoiKeepsWhatLiesInIt) {
  auto graph = graph_that({&Graph::detects});
  graph.roi = {90, 0, 100, 100};
  const auto objects = analyse(graph);
  ASSERT_THAT(objects.detections, SizeIs(1));
  EXPECT_EQ(objects.detections[0].box.x, 100);
}

TEST(Analyser, PosesAndFacesAreOfPeopleAndInsideThem) {
  const auto objects = analyse(graph_that({&Graph::poses, &Graph::faces}));
  EXPECT_THAT(objects.detections, IsEmpty());
  ASSERT_THAT(objects.poses, SizeIs(1));
  ASSERT_THAT(objects.poses[0], SizeIs(54));
  for (std::size_t i = 0; i < 54; i += 3) {
    EXPECT_GE(objects.poses[0][i], 10);
    EXPECT_LE(objects.poses[0][i], 30);
    EXPECT_LE(objects.poses[0][i + 1], 70);
  }
  ASSERT_THAT(objects.faces, SizeIs(1));
  EXPECT_THAT(objects.faces[0].points_x, SizeIs(5));
}

}  // namespace
}  // namespace stream::sim
