#include "video_flow.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace stream::api {
namespace {

// sophon-stream writes a line about every hundredth frame: what is expected until there were two.
constexpr double kFramesPerLine = 100;

using std::chrono::milliseconds;

milliseconds between(VideoFlow::TimePoint from, VideoFlow::TimePoint to) {
  return std::chrono::duration_cast<milliseconds>(to - from);
}

}  // namespace

void VideoFlow::on_count(TimePoint now, const FlowCount& count) {
  // A task that was created again is counted anew, too.
  const bool is_same_life = !counts_.empty() && counts_.back().count.boot == count.boot &&
                            counts_.back().count.taken <= count.taken &&
                            counts_.back().count.refused <= count.refused;
  // What was counted before this process was there is no sign of its life.
  if (is_same_life ? count.taken > counts_.back().count.taken : !counts_.empty() && count.taken > 0) {
    last_video_ = now;
    out_since_.reset();
  }
  if (!is_same_life) counts_.clear();
  counts_.push_back({now, count});
  while (counts_.size() > 2 && now - counts_[1].at >= kWindow) counts_.pop_front();
  if (count.waiting == 0) {
    waiting_since_.reset();
  } else if (!waiting_since_) {
    waiting_since_ = now;
  }
}

void VideoFlow::on_fps_line(TimePoint now, const FpsLine& line) {
  if (!line.decoded && line.fps > 0) {
    if (!out_since_) out_since_ = now;
    last_out_ = now;
  }
  if (knows_decoding_ && !line.decoded) return;
  if (line.decoded && !std::exchange(knows_decoding_, true)) last_line_.reset();
  const double fps = line.fps;
  if (last_line_) gap_before_ = std::exchange(last_gap_, between(*last_line_, now));
  if (!last_line_ && fps > 0) {
    // The longest that we believe: an hour, which keeps what the log says from overflowing.
    constexpr double kMillisecondsPerSecond = 1000, kLongest = 3600 * kMillisecondsPerSecond;
    last_gap_ = milliseconds(std::llround(std::min(kFramesPerLine * kMillisecondsPerSecond / fps, kLongest)));
  }
  last_line_ = now;
  fps_in_ = fps;
  if (fps > 0 && !not_posted(now)) last_video_ = now;
}

milliseconds VideoFlow::usual_silence() const {
  constexpr int kPatience = 3;
  return kPatience * (gap_before_.count() == 0 ? last_gap_ : std::min(last_gap_, gap_before_));
}

const VideoFlow::Sample* VideoFlow::window_start(TimePoint now) const {
  if (counts_.size() < 2 || now - counts_.back().at >= kWindow) return nullptr;
  return &counts_.front();
}

bool VideoFlow::is_heard(TimePoint now) const {
  return now - known_until() < kFresh;
}

StreamReason VideoFlow::hindrance(TimePoint now) const {
  if (!is_heard(now)) return fps_in(now) > 0 ? StreamReason::kNone : StreamReason::kFlowUnknown;
  if (const Sample* first = window_start(now)) {
    const FlowCount &from = first->count, &to = counts_.back().count;
    if (to.refused - from.refused > to.taken - from.taken) return StreamReason::kIngestFull;
  }
  if (waiting_since_ && now - *waiting_since_ >= kWindow) return StreamReason::kNoConsumer;
  return StreamReason::kNone;
}

bool VideoFlow::not_posted(TimePoint now) const {
  return out_since_ && *last_out_ - *out_since_ >= kWindow && !counts_.empty() && is_heard(now);
}

double VideoFlow::fps_in(TimePoint now) const {
  const auto valid = std::max<milliseconds>(kWindow, usual_silence());
  return last_line_ && now - *last_line_ < valid ? fps_in_ : 0;
}

double VideoFlow::fps_posted(TimePoint now) const {
  const Sample* first = window_start(now);
  if (first == nullptr) return 0;
  const std::chrono::duration<double> time = counts_.back().at - first->at;
  const auto frames = counts_.back().count.taken - first->count.taken;
  return time.count() > 0 ? static_cast<double>(frames) / time.count() : 0;
}

}  // namespace stream::api
