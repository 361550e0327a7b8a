#include "street.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "plates.hpp"
#include "stream/common/encode.hpp"

namespace stream::sim {
namespace {

Scene scene_at(std::int64_t frame_id, std::uint64_t seed = 1) {
  Scene scene;
  Street({.size = {640, 360}, .fps = 25, .seed = seed}).draw(frame_id, scene);
  return scene;
}

TEST(Street, SameSeedAndFrameGiveTheSamePicture) {
  EXPECT_EQ(scene_at(100).image.rgb, scene_at(100).image.rgb);
  EXPECT_NE(scene_at(100).image.rgb, scene_at(101).image.rgb);
  EXPECT_NE(scene_at(100).image.rgb, scene_at(100, 2).image.rgb);
}

TEST(Street, EverythingThatIsReportedLiesInThePicture) {
  for (int frame = 0; frame < 500; frame += 5) {
    for (const auto& sighting : scene_at(frame).sightings) {
      EXPECT_GE(sighting.box.x, 0);
      EXPECT_GE(sighting.box.y, 0);
      EXPECT_LE(sighting.box.x + sighting.box.width, 640);
      EXPECT_LE(sighting.box.y + sighting.box.height, 360);
    }
  }
}

TEST(Street, CarsAndPeopleComeAndGoAllTheTime) {
  std::set<std::string> plates;
  int people = 0;
  for (int frame = 0; frame < 1500; frame += 5) {
    for (const auto& sighting : scene_at(frame).sightings) {
      if (!sighting.plate.empty()) plates.insert(sighting.plate);
      people += sighting.kind == Sighting::Kind::kPerson ? 1 : 0;
    }
  }
  EXPECT_GE(plates.size(), 20U);  // two lanes, one car every four seconds or so
  EXPECT_LE(plates.size(), 35U);
  EXPECT_GE(people, 300);
}

TEST(Street, PlateIsDrawnWhereItIsReported) {
  for (int frame = 0; frame < 200; ++frame) {
    auto scene = scene_at(frame);
    for (const auto& sighting : scene.sightings) {
      if (sighting.plate.empty()) continue;
      const auto* corner = scene.image.at(sighting.plate_box.x, sighting.plate_box.y);
      EXPECT_GT(corner[2], corner[0] + 100) << "the frame of a plate is blue";
      return;
    }
  }
  FAIL() << "no car with a plate in 8 s";
}

TEST(StreetSource, StepsByTheSampleIntervalAndEnds) {
  StreetSource source({.size = {320, 180}, .fps = 10}, 3, 1);
  EXPECT_EQ(source.interval(), std::chrono::milliseconds(300));
  Scene scene;
  std::vector<std::int64_t> ids;
  while (*source.next(scene)) ids.push_back(scene.frame_id);
  EXPECT_THAT(ids, ::testing::ElementsAre(0, 3, 6, 9));
  source.rewind();
  EXPECT_TRUE(*source.next(scene));
  EXPECT_EQ(scene.frame_id, 0);
}

TEST(MakePlate, IsAProvinceALetterAndFiveMore) {
  std::set<std::string> plates;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto plate = make_plate(i);
    EXPECT_EQ(plate, make_plate(i));
    EXPECT_EQ(count_code_points(plate), 7U) << plate;
    EXPECT_TRUE(plate[3] >= 'A' && plate[3] <= 'Z') << plate;
    plates.insert(plate);
  }
  EXPECT_EQ(plates.size(), 1000U);
}

}  // namespace
}  // namespace stream::sim
