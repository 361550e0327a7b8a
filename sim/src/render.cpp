#include "render.hpp"

#include "ffmpeg.hpp"

namespace stream::sim {

Status render(const std::string& path, const StreetOptions& options, double seconds) {
  auto ffmpeg = PipedProgram::writing(
      "ffmpeg", {"-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size",
                 fmt::format("{}x{}", options.size.width, options.size.height), "-framerate",
                 fmt::format("{}", options.fps), "-i", "pipe:0", "-pix_fmt", "yuv420p", "-q:v", "3", path});
  if (!ffmpeg) return tl::unexpected(ffmpeg.error());
  StreetSource street(options, 1, seconds);
  Scene scene;
  while (*street.next(scene)) {
    const auto taken =
        ffmpeg->write(reinterpret_cast<const char*>(scene.image.rgb.data()), scene.image.rgb.size());
    if (!taken) return tl::unexpected(Error(taken.error()).within(path));
  }
  const auto finished = ffmpeg->finish();
  if (!finished) return tl::unexpected(Error(finished.error()).within(path));
  return {};
}

}  // namespace stream::sim
