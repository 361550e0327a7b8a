#include "camera.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "stream/common/eventually.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::sim {
namespace {

// Numbers its frames, ten of them a second of video.
class Numbers : public FrameSource {
 public:
  Result<Step> next() override { return Step{Step::Kind::kFrame, std::to_string(number_++)}; }
  void rewind() override { number_ = 0; }
  std::chrono::nanoseconds interval() const override { return std::chrono::milliseconds(100); }

 private:
  int number_ = 0;
};

// The frames until the camera is gone.
int frames_of(Camera& camera) {
  int frames = 0;
  while (camera.next()->kind == Step::Kind::kFrame && frames < 1000) ++frames;
  return frames;
}

TEST(Camera, GoesAfterItsTimeAndIsNotThereAgain) {
  Camera camera(std::make_unique<Numbers>(), {.gone_after_s = 0.5, .back_after_s = {}});
  EXPECT_EQ(frames_of(camera), 5);
  camera.rewind();
  EXPECT_EQ(frames_of(camera), 0);
}

TEST(Camera, ComesBackWithItsFirstFrame) {
  Camera camera(std::make_unique<Numbers>(), {.gone_after_s = 0.5, .back_after_s = 0.05});
  EXPECT_EQ(frames_of(camera), 5);
  Step first;
  EXPECT_TRUE(eventually([&] {
    camera.rewind();
    first = *camera.next();
    return first.kind == Step::Kind::kFrame;
  }));
  EXPECT_EQ(first.body, "0");
  EXPECT_EQ(frames_of(camera), 4) << "and goes again";
}

TEST(Camera, CanBeAwayFromTheStart) {
  Camera camera(std::make_unique<Numbers>(), {.gone_after_s = 0, .back_after_s = {}});
  EXPECT_EQ(frames_of(camera), 0);
}

TEST(Camera, IsGoneWhileItIsUnplugged) {
  const test::TemporaryFolder folder;
  const auto unplugged = folder.path() / "unplugged";
  Camera camera(std::make_unique<Numbers>(),
                {.gone_after_s = {}, .back_after_s = {}, .gone_while = unplugged.string()});
  EXPECT_EQ(camera.next()->body, "0");
  std::ofstream(unplugged).close();
  EXPECT_NE(camera.next()->kind, Step::Kind::kFrame);
  camera.rewind();
  EXPECT_NE(camera.next()->kind, Step::Kind::kFrame);
  std::filesystem::remove(unplugged);
  camera.rewind();
  EXPECT_EQ(camera.next()->body, "0");
}

}  // namespace
}  // namespace stream::sim
