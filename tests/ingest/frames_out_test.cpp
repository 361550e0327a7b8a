// Frames and pictures fetched by reference.
#include "node_fixture.hpp"

namespace stream::ingest {
namespace {

class FramesOut : public NodeTest {
 protected:
  // Posts `body`; the path of its frame.
  std::string keep(const std::string& body) {
    const auto subscriber = subscribe(topics::frame("cam", 0));
    EXPECT_EQ(post(body).status, 200);
    const FrameRef ref = next_frame(*subscriber).ref;
    return fmt::format("/frames/{}/{}", ref.boot, ref.sequence);
  }
};

TEST_F(FramesOut, OriginalBodyAndPicturesComeBack) {
  start();
  const std::string path = keep(plate_body());
  const auto body = get(path);
  EXPECT_EQ(body.status, 200);
  EXPECT_EQ(body.body, plate_body());
  EXPECT_EQ(body.headers.at("content-type"), "application/json");
  const auto scene = get(path + ".jpg");
  EXPECT_EQ(scene.status, 200);
  EXPECT_EQ(scene.body, scene_bytes());
  EXPECT_EQ(scene.headers.at("content-type"), "image/jpeg");
  EXPECT_EQ(get(path + ".jpg?sub=0").body, "first crop");
}

TEST_F(FramesOut, WhatIsNotThereIs404) {
  start();
  const std::string path = keep(plate_body());
  EXPECT_EQ(get(path + ".jpg?sub=1").status, 404) << "a sub-object without a picture";
  EXPECT_EQ(get(path + ".jpg?sub=9").status, 404);
  EXPECT_EQ(get(path + "0").status, 404);
  EXPECT_EQ(get("/frames/1/1").status, 404) << "another boot";
  for (const char* malformed : {"x", "/x", ".png", ".jpg?sub=", ".jpg?sub=-1", ".jpg?other=1", "?sub=0"}) {
    EXPECT_EQ(get(path + malformed).status, 404) << malformed;
  }
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/frames/").status, 404);
  EXPECT_EQ(post("x", path).status, 405);
}

TEST_F(FramesOut, BrokenBase64Is422) {
  start();
  const std::string path = keep(R"({"mFrame":{"mFrameId":1,"mSpData":"no base64!"}})");
  EXPECT_EQ(get(path).status, 200);
  EXPECT_EQ(get(path + ".jpg").status, 422);
  EXPECT_EQ(metric(R"(stream_ingest_fetches_total{result="bad_picture"})"), 1);
}

TEST_F(FramesOut, OldFramesMakeRoomForNewOnes) {
  IngestConfig small;
  small.max_body_mib = 1;
  small.ring_mib = 2;
  start(small);
  const std::string large = R"({"mFrame":{"mFrameId":1},"mLabel":")" + std::string(700'000, 'x') + "\"}";
  const std::string first = keep(large);
  const std::string second = keep(large);
  EXPECT_EQ(get(first).status, 200);
  const std::string third = keep(large);
  EXPECT_EQ(get(first).status, 404);
  EXPECT_EQ(get(second).body, large);
  EXPECT_EQ(get(third).body, large);
  EXPECT_EQ(metric("stream_ingest_ring_frames"), 2);
}

}  // namespace
}  // namespace stream::ingest
