#include "corpus.hpp"

#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
#include <stdexcept>

#include "stream/test/shared_data.hpp"

namespace stream::decision {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::vector<std::string> read_gz_lines(const fs::path& path) {
  struct Close {
    void operator()(std::FILE* pipe) const { pclose(pipe); }
  };
  const auto command = "gzip -dc '" + path.string() + "'";
  const std::unique_ptr<std::FILE, Close> pipe(popen(command.c_str(), "r"));
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::string text;
  char block[65536];
  while (const auto got = std::fread(block, 1, sizeof block, pipe.get())) text.append(block, got);
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(std::move(line));
  return lines;
}

Box box_from(const json& box) {
  return {box.at("mX"), box.at("mY"), box.at("mWidth"), box.at("mHeight")};
}

FrameMeta meta_from(const json& message) {
  FrameMeta meta;
  const auto& frame = message.at("mFrame");
  meta.channel = frame.at("mChannelId");
  meta.frame_id = frame.at("mFrameId");
  meta.timestamp_us = frame.at("mTimestamp");
  meta.width = frame.value("mWidth", 0);
  meta.height = frame.value("mHeight", 0);
  for (const auto& detected : message.value("mDetectedObjectMetadatas", json::array())) {
    const auto& scores = detected.at("mScores");
    meta.detections.push_back({box_from(detected.at("mBox")), detected.at("mClassify"), "",
                               scores.empty() ? 0 : scores[0].get<float>()});
  }
  for (const auto& tracked : message.value("mTrackedObjectMetadatas", json::array())) {
    meta.track_ids.push_back(tracked.at("mTrackId"));
  }
  for (const auto& sub : message.value("mSubObjectMetadatas", json::array())) {
    const auto recognised = sub.value("mRecognizedObjectMetadatas", json::array());
    meta.sub_objects.push_back(
        {recognised.empty() ? "" : recognised[0].at("mLabelName").get<std::string>(), true});
  }
  for (const auto& posed : message.value("mPosedObjectMetadatas", json::array())) {
    meta.poses.push_back({posed.at("keypoints").get<std::vector<float>>()});
  }
  return meta;
}

}  // namespace

std::optional<fs::path> corpus_dir() {
  const auto shared = test::shared_dir();
  if (!shared || !fs::is_directory(*shared / "frames" / "oracle")) return std::nullopt;
  return *shared / "frames";
}

std::vector<RecordedFrame> read_recording(const fs::path& dir, const std::string& name) {
  std::vector<RecordedFrame> frames;
  if (!name.starts_with("mixed")) {
    for (const auto& line : read_gz_lines(dir / (name + ".tmpl.gz"))) {
      frames.push_back({static_cast<std::int64_t>(frames.size()), meta_from(json::parse(line))});
    }
    return frames;
  }
  // Each line of the order names the recording whose next frame stands there, or is a status report.
  const auto size = name.substr(name.find('_'));
  std::map<std::string, std::vector<RecordedFrame>> parts;
  std::map<std::string, std::size_t> taken;
  std::ifstream order(dir / (name + ".order"));
  std::int64_t number = 0;
  for (std::string line; std::getline(order, line); ++number) {
    if (line.starts_with("{")) continue;
    auto& part = parts[line];
    if (part.empty()) part = read_recording(dir, line + size);
    frames.push_back({number, part.at(taken[line]++).meta});
  }
  return frames;
}

std::vector<ExpectedAlarm> read_oracle(const fs::path& dir, const std::string& name) {
  std::ifstream file(dir / "oracle" / (name + ".json"));
  std::vector<ExpectedAlarm> alarms;
  for (const auto& entry : json::parse(file)) {
    const std::vector<std::int32_t> box = entry.at("box");
    alarms.push_back({entry.at("msg"),
                      entry.at("frame_id"),
                      entry.at("key").is_null() ? "" : entry.at("key"),
                      {box.at(0), box.at(1), box.at(2) - box.at(0), box.at(3) - box.at(1)}});
  }
  return alarms;
}

std::ostream& operator<<(std::ostream& out, const ExpectedAlarm& alarm) {
  return out << "line " << alarm.line << " frame " << alarm.frame_id << " key " << alarm.key << " box "
             << alarm.box.x << "," << alarm.box.y << " " << alarm.box.width << "x" << alarm.box.height;
}

}  // namespace stream::decision
