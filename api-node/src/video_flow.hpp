// Whether video flows through one stream process, and what of ours is in its way: drawn from what its
// ingest-node counts and what its own log says.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "fps_line.hpp"
#include "stream_state.hpp"

namespace stream::api {

// What an ingest-node has counted for one task and algorithm since it started.
struct FlowCount {
  std::uint64_t boot = 0;          // of the ingest-node's process: the counts are its own
  std::uint64_t taken = 0;         // frames
  std::uint64_t refused = 0;       // frames, for want of memory
  std::uint64_t waiting = 0;       // frames that no logic-node has asked for yet
  std::int64_t last_frame_us = 0;  // UNIX time; 0: none
  bool end_of_stream = false;      // the last frame said that it is the last
  bool operator==(const FlowCount&) const = default;
};

// Of one process, from its start on. Frames a second are over the last `kWindow`. Confined to one thread.
class VideoFlow {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds kWindow{10};
  static constexpr std::chrono::seconds kFresh{5};  // so old a count says how it is now

  // `since`: from when on it is looked at.
  explicit VideoFlow(TimePoint since) : since_(since) {}

  void on_count(TimePoint now, const FlowCount& count);
  // Of what comes out nothing is heeded any more once a line told what is decoded.
  void on_fps_line(TimePoint now, const FpsLine& line);
  // Its log says that it has played to the end.
  void on_end_line() { saw_end_line_ = true; }

  // The last sign of video: a frame that was taken, or a line about the speed, unless not_posted().
  std::optional<TimePoint> last_video() const { return last_video_; }
  // Longest time between two signs that is usual: three times the shorter of the last two times between its
  // lines. The first is guessed from the speed.
  std::chrono::milliseconds usual_silence() const;
  // kFlowUnknown: no count came for kFresh, and no line of the log says that video flows; so silence is no
  // sign of the process. kIngestFull: more frames were refused than taken, lately. kNoConsumer: there were
  // frames waiting for all of kWindow. Else kNone.
  StreamReason hindrance(TimePoint now) const;
  // Its log, or its last frame, says that it has played to the end.
  bool end_of_stream() const {
    return saw_end_line_ || (!counts_.empty() && counts_.back().count.end_of_stream);
  }
  // The last count; before the first one since when it is looked at.
  TimePoint known_until() const { return counts_.empty() ? since_ : counts_.back().at; }
  std::int64_t last_frame_us() const { return counts_.empty() ? 0 : counts_.back().count.last_frame_us; }

  // Its log has said for all of kWindow that frames come out of its graph, and the ingest-node, which we
  // hear, has taken none since. A filter that lets nothing through keeps them from coming out.
  bool not_posted(TimePoint now) const;

  // As its log said last; 0 when that is longer ago than usual.
  double fps_in(TimePoint now) const;
  double fps_posted(TimePoint now) const;

 private:
  struct Sample {
    TimePoint at;
    FlowCount count;
  };
  bool is_heard(TimePoint now) const;
  // Counts at the start of the window; null when there are fewer than two, or none in it.
  const Sample* window_start(TimePoint now) const;

  TimePoint since_;
  std::deque<Sample> counts_;  // of one boot, the last kWindow and one before
  std::optional<TimePoint> last_video_, last_line_, waiting_since_;
  std::optional<TimePoint> out_since_, last_out_;  // lines about what comes out, since a frame was taken
  std::chrono::milliseconds last_gap_{0}, gap_before_{0};  // between lines; 0: not known yet
  double fps_in_ = 0;
  bool knows_decoding_ = false;
  bool saw_end_line_ = false;
};

}  // namespace stream::api
