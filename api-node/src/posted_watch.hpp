// Whether what comes out of a process that several cameras share arrives. Its log says that something comes
// out, but not of which camera.
#pragma once

#include <chrono>
#include <optional>

#include "video_flow.hpp"

namespace stream::api {

// Of one process, from its start on. Confined to one thread.
class PostedWatch {
 public:
  using TimePoint = VideoFlow::TimePoint;

  // Its log says that frames come out of its graph.
  void on_out(TimePoint now) {
    if (!out_since_) out_since_ = now;
    last_out_ = now;
  }
  // A frame of any of its cameras was taken.
  void on_taken() { out_since_.reset(); }

  // The log has said so for all of VideoFlow::kWindow, and no frame was taken since.
  bool not_posted() const { return out_since_ && *last_out_ - *out_since_ >= VideoFlow::kWindow; }
  // Frames have come out: a camera that plays since then proves nothing by being decoded.
  bool has_put_out_since(TimePoint from) const { return last_out_ && *last_out_ >= from; }

 private:
  std::optional<TimePoint> out_since_, last_out_;  // lines, the first since a frame was taken
};

}  // namespace stream::api
