#include "stream/manifest/video_source.hpp"

#include <gtest/gtest.h>

namespace stream::manifest {
namespace {

std::string type_of(const std::string& address) {
  const auto type = source_type_of(address, [](const std::string& path) { return path == "/data/pictures"; });
  return type ? *type : "error: " + type.error().message;
}

TEST(SourceTypeOf, KnownFormsAreSorted) {
  EXPECT_EQ(type_of("rtsp://user:pw@10.0.0.1:554/main"), "RTSP");
  EXPECT_EQ(type_of("RTSP://10.0.0.1/x"), "RTSP");
  EXPECT_EQ(type_of("rtmp://10.0.0.1/live"), "RTMP");
  EXPECT_EQ(type_of("gb28181://u:p@1.2.3.4:5060?deviceid=1"), "GB28181");
  EXPECT_EQ(type_of("gb28181_playback://u:p@1.2.3.4:5060?deviceid=1#begtime=20231024155207"), "GB28181");
  EXPECT_EQ(type_of("/dev/video0"), "CAMERA");
  EXPECT_EQ(type_of("/data/pictures"), "IMG_DIR");
  EXPECT_EQ(type_of("/data/not-there/"), "IMG_DIR");
  EXPECT_EQ(type_of("/data/video/street.avi"), "VIDEO");
  EXPECT_EQ(type_of("../yolov5/data/street.avi"), "VIDEO");
  EXPECT_EQ(type_of("street.mp4"), "VIDEO");
  EXPECT_EQ(type_of("/data/视频 1"), "VIDEO");
}

TEST(SourceTypeOf, AnythingElseIsAnErrorWithoutThePassword) {
  EXPECT_EQ(
      type_of("ftp://user:secret@host/x"),
      "error: found \"ftp://user:***@host/x\", expected rtsp://, rtmp:// or gb28181...://, /dev/video..., a "
      "folder or a file");
  for (const char* address : {"camera", "192.168.1.10", "http://host/a.mp4", "file:///a.mp4", ".", ".avi"}) {
    EXPECT_TRUE(type_of(address).starts_with("error: ")) << address;
  }
}

}  // namespace
}  // namespace stream::manifest
