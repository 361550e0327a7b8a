#include "script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>

#include "stream/common/base64.hpp"
#include "stream/picture/jpeg.hpp"

namespace stream::faults {
namespace {

std::string grey_jpeg(int width, int height) {
  picture::Image image;
  image.size = {width, height};
  image.rgb.assign(3U * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 128);
  return base64_encode(picture::encode_jpeg(image).value());
}

// Which objects are seen in each frame: runs of 1 to 12 frames with drop-outs, pauses of 1 to 12.
std::vector<std::vector<std::string>> random_visits(const ScriptOptions& options) {
  std::mt19937_64 random(options.seed);
  const auto up_to = [&](int most) { return std::uniform_int_distribution<int>(1, most)(random); };
  std::vector<std::vector<std::string>> seen(static_cast<std::size_t>(options.frames));
  for (int object = 0; object < options.objects; ++object) {
    for (int frame = up_to(8); frame < options.frames; frame += up_to(12)) {
      for (int left = up_to(12); left > 0 && frame < options.frames; --left, ++frame) {
        const bool drop_out = up_to(5) == 1;
        if (!drop_out)
          seen[static_cast<std::size_t>(frame)].push_back(fmt::format("{}{}", options.prefix, object));
      }
    }
  }
  return seen;
}

std::string body_of(std::size_t frame, const std::vector<std::string>& labels) {
  static const std::string scene = grey_jpeg(96, 72);
  static const std::string crop = grey_jpeg(16, 16);
  const auto picture = [](std::size_t id, int width, int height, const std::string& jpeg) {
    return fmt::format(
        R"({{"mChannelId":0,"mEndOfStream":false,"mFrameId":{},"mHeight":{},"mSpData":"{}","mTimestamp":{},"mWidth":{}}})",
        id, height, jpeg, 1'700'000'000'000'000 + 40'000 * id, width);
  };
  std::string detected;
  std::string sub_objects;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const char* comma = i == 0 ? "" : ",";
    detected += fmt::format(
        R"({}{{"mBox":{{"mHeight":16,"mWidth":16,"mX":{},"mY":20}},"mClassify":0,"mScores":[0.9]}})", comma,
        8 * i);
    sub_objects += fmt::format(
        R"({}{{"mFps":0.0,"mFrame":{},"mGraphId":0,"mRecognizedObjectMetadatas":[{{"mLabelName":"{}","mScores":[],"mTopKLabels":[]}}],"mSubId":{}}})",
        comma, picture(0, 0, 0, crop), labels[i], i);
  }
  return fmt::format(
      R"({{"mDetectedObjectMetadatas":[{}],"mFps":0.0,"mFrame":{},"mGraphId":0,"mSubId":{},"mSubObjectMetadatas":[{}]}})",
      detected, picture(frame, 96, 72, scene), labels.size(), sub_objects);
}

}  // namespace

std::string Script::address(double fps) const {
  return fmt::format("{}?lossless=1&fps={}", file.string(), fps);
}

std::vector<Episode> episodes_of(const std::vector<std::vector<std::string>>& seen, int in_frames,
                                 int out_frames) {
  std::map<std::string, std::vector<std::int64_t>> frames_of;
  for (std::size_t frame = 0; frame < seen.size(); ++frame) {
    for (const std::string& label : seen[frame]) frames_of[label].push_back(static_cast<std::int64_t>(frame));
  }
  std::vector<Episode> episodes;
  for (const auto& [label, frames] : frames_of) {
    for (std::size_t begin = 0; begin < frames.size();) {
      std::size_t end = begin + 1;
      while (end < frames.size() && frames[end] - frames[end - 1] <= out_frames) ++end;
      const auto count = static_cast<std::size_t>(in_frames);
      if (end - begin >= count) {
        episodes.push_back({label, frames[begin + count - 1], frames[begin], frames[end - 1]});
      }
      begin = end;
    }
  }
  std::sort(episodes.begin(), episodes.end());
  return episodes;
}

Script write_script(const std::filesystem::path& file, const ScriptOptions& options) {
  const auto seen = random_visits(options);
  std::ofstream out(file, std::ios::binary);
  for (std::size_t frame = 0; frame < seen.size(); ++frame) out << body_of(frame, seen[frame]) << '\n';
  return {file, options.frames, episodes_of(seen, options.in_frames, options.out_frames)};
}

}  // namespace stream::faults
