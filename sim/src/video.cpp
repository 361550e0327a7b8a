#include "video.hpp"

#include <cstdio>

#include "plates.hpp"

namespace stream::sim {

namespace {

using picture::Image;
using picture::Rect;

constexpr double kDefaultFps = 25;

// Frames a second as the file itself says; a folder of pictures has no rate of its own.
double own_fps(const ChannelConfig& channel, const std::string& path, const StopEvent& stop) {
  if (channel.source_type == SourceType::kImgDir) {
    return channel.fps && *channel.fps > 0 ? *channel.fps : kDefaultFps;
  }
  if (channel.is_live()) return kDefaultFps;
  auto ffprobe = PipedProgram::reading("ffprobe", {"-v", "quiet", "-select_streams", "v:0", "-show_entries",
                                                   "stream=avg_frame_rate", "-of", "csv=p=0", path});
  if (!ffprobe) return kDefaultFps;
  std::string text;
  for (char c = 0; ffprobe->read(&c, 1, stop) && c != '\n';) text += c;
  double over = 0, under = 0;
  if (std::sscanf(text.c_str(), "%lf/%lf", &over, &under) != 2 || over <= 0 || under <= 0) return kDefaultFps;
  return over / under;
}

std::vector<std::string> input_options(const ChannelConfig& channel) {
  switch (channel.source_type) {
    case SourceType::kRtsp:
      return {"-loglevel", "quiet", "-rtsp_transport", "tcp", "-timeout", "5000000"};
    case SourceType::kCamera:
      return {"-loglevel", "quiet", "-f", "v4l2"};
    case SourceType::kImgDir:
      return {"-loglevel", "error", "-pattern_type", "glob"};
    case SourceType::kVideo:
      return {"-loglevel", "error"};
    default:
      return {"-loglevel", "quiet"};
  }
}

// How many sampled frames make about 1.5 seconds.
int settle_frames(double fps, int sample_interval) {
  return std::max(2, static_cast<int>(1.5 * fps) / sample_interval);
}

// Cut by the left or right edge, as everything that comes or goes is: too little of it to say what it is.
bool is_cut(const Rect& box, picture::Size size) {
  const int margin = size.width / 100;
  return box.x < margin || box.x + box.width > size.width - margin;
}

bool is_person(const Rect& box) {
  return box.height * 10 > box.width * 13;
}

}  // namespace

Video::Video(const ChannelConfig& channel, const SourceAddress& address, const StopEvent& stop)
    : channel_(channel),
      location_(address.location),
      stop_(stop),
      fps_(own_fps(channel, location_, stop)),
      detector_(settle_frames(fps_, channel.sample_interval)) {}

std::chrono::nanoseconds Video::interval() const {
  const bool unlimited = channel_.is_live() || channel_.fps == -1;
  return std::chrono::nanoseconds(
      unlimited ? 0 : static_cast<std::int64_t>(1e9 * channel_.sample_interval / fps_));
}

Status Video::start() {
  auto arguments = input_options(channel_);
  const bool folder = channel_.source_type == SourceType::kImgDir;
  // PPM pictures say their size, so that nothing has to be known beforehand.
  for (const std::string& argument :
       {std::string("-nostdin"), std::string("-i"), folder ? location_ + "/*.jpg" : location_,
        std::string("-an"), std::string("-vf"),
        fmt::format("select='not(mod(n\\,{}))'", channel_.sample_interval), std::string("-vsync"),
        std::string("0"), std::string("-f"), std::string("image2pipe"), std::string("-c:v"),
        std::string("ppm"), std::string("pipe:1")}) {
    arguments.push_back(argument);
  }
  auto ffmpeg = PipedProgram::reading("ffmpeg", std::move(arguments));
  if (!ffmpeg) return tl::unexpected(ffmpeg.error());
  ffmpeg_.emplace(std::move(*ffmpeg));
  return {};
}

bool Video::read_picture(Image& image) {
  // "P6\n<width> <height>\n255\n"
  std::string header;
  for (int lines = 0; lines < 3;) {
    char c = 0;
    if (!ffmpeg_->read(&c, 1, stop_) || header.size() > 32) return false;
    header += c;
    lines += c == '\n' ? 1 : 0;
  }
  if (std::sscanf(header.c_str(), "P6 %d %d", &image.size.width, &image.size.height) != 2) return false;
  constexpr int kMostSide = 8192;
  if (image.size.width < 1 || image.size.height < 1 || image.size.width > kMostSide ||
      image.size.height > kMostSide) {
    return false;
  }
  image.rgb.resize(std::size_t{3} * static_cast<std::size_t>(image.size.width) *
                   static_cast<std::size_t>(image.size.height));
  return ffmpeg_->read(reinterpret_cast<char*>(image.rgb.data()), image.rgb.size(), stop_);
}

std::vector<Sighting> Video::look(const Image& image) {
  auto boxes = detector_.detect(image);
  std::erase_if(boxes, [&](const Rect& box) { return is_cut(box, image.size); });
  const auto ids = tracker_.update(boxes);
  std::vector<Sighting> sightings;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Rect& box = boxes[i];
    if (is_person(box)) {
      sightings.push_back({Sighting::Kind::kPerson, box, "", {}});
      continue;
    }
    // Where cars have one, roughly.
    const Rect plate{box.x + box.width / 4, box.y + box.height / 2, std::max(1, box.width / 2),
                     std::max(1, box.height / 3)};
    sightings.push_back({Sighting::Kind::kCar, box, make_plate(static_cast<std::uint64_t>(ids[i])), plate});
  }
  return sightings;
}

Result<bool> Video::next(Scene& scene) {
  if (!ffmpeg_) {
    const auto started = start();
    if (!started) return tl::unexpected(started.error());
  }
  if (!read_picture(scene.image)) return false;
  scene.frame_id = frame_id_;
  scene.sightings = look(scene.image);
  frame_id_ += channel_.sample_interval;
  return true;
}

void Video::rewind() {
  ffmpeg_.reset();
  frame_id_ = 0;
}

}  // namespace stream::sim
