// Puts the frames of one task and algorithm into the order of their numbers, and says which are missing.
//
// Frames come over a lossy topic. Their numbers (FrameMeta::number, per process of an ingest-node) show what
// did not come; the ingest-node still has the last ones, so a gap is fetched before what follows it is given
// out. What nobody has any more is counted as lost. So, of one source of frames:
//   its numbers = given out + lost + still to come,   exactly.
// The end of a stream shows no gap: therefore, after some silence, and at first, it asks for what comes after
// the last number it knows.
//
// When frames begin to come from another process (an ingest-node was restarted, or the task goes to another
// one) the former is asked one last time, then the new one's frames begin. Where each stood stays known, so
// frames that go to and fro are neither repeated nor lost.
//
// Pure: no clock, no thread, no I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <vector>

#include "stream/schemas/messages.hpp"

namespace stream::logic {

struct FrameOrderOptions {
  std::size_t most_waiting = 128;             // frames kept that cannot be given out yet
  std::size_t most_positions = 4;             // processes whose position stays known
  std::chrono::milliseconds ask_first{2000};  // of silence, then ask; doubles up to ask_last
  std::chrono::milliseconds ask_last{60000};
  int tries = 3;                             // of a fetch that gets no answer
  std::chrono::milliseconds try_again{200};  // doubles
};

// What came of a fetch.
struct Fetched {
  enum class Outcome {
    kFrames,       // these are the next that are still there; none: there are no later ones
    kGone,         // the process is gone, or has forgotten the task
    kUnreachable,  // no answer
  };
  Outcome outcome = Outcome::kUnreachable;
  std::vector<FrameMeta> frames;
};

// Confined to one thread at a time.
class FrameOrder {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Taken {
    kYes,
    kRepeated,  // it was given out before, or waits already
    kNoRoom,    // too many wait; it will be missed, and fetched, in its turn
  };

  // `positions`: as of another one's positions(); the first call of fetch() asks for what comes after.
  explicit FrameOrder(std::vector<FramePosition> positions, const FrameOrderOptions& options = {});

  // A frame from the topic.
  Taken take(FrameMeta frame, Time now);
  // The next frame in order; empty: it is missing, or has not come yet.
  std::optional<FrameMeta> next();

  // The fetch to be made now: frames after this position. fetched() must follow before the next one.
  std::optional<FramePosition> fetch(Time now);
  void fetched(Fetched result, Time now);

  // How far next() has come; the present source first.
  const std::vector<FramePosition>& positions() const { return positions_; }
  // Frames that next() passed over because nobody has them any more.
  std::uint64_t lost() const { return lost_; }

 private:
  using Frames = std::map<std::uint64_t, FrameMeta>;  // by number
  struct Source {
    FramePosition position;
    Frames waiting;
  };

  FramePosition& position() { return positions_.front(); }
  bool has_gap() const;
  bool is_at_end() const { return waiting_.empty() && next_source_ && last_asked_; }
  bool has_source() const { return !positions_.empty(); }
  Taken keep(Frames& waiting, FrameMeta frame) const;
  Taken take_from_another(FrameMeta frame);
  void go_to_next_source();
  void nothing_fetched(Fetched::Outcome outcome, Time now);
  void take_fetched(std::vector<FrameMeta> frames, Time now);

  const FrameOrderOptions options_;
  std::vector<FramePosition> positions_;
  std::uint64_t lost_ = 0;

  std::queue<FrameMeta> unnumbered_;  // of old ingest-nodes: in the order in which they come
  Frames waiting_;                    // of the present source, beyond its position
  std::uint64_t gone_ = 0;            // of the present source: nobody has the numbers up to this one
  std::optional<Source> next_source_;
  bool last_asked_ = false;  // the present source has nothing more

  bool fetch_is_out_ = false;
  std::uint64_t asked_before_ = 0;  // the first frame that waited when it began; 0: none
  bool asks_last_ = false;          // a next source was there when it began
  int tries_ = 0;                   // without an answer
  Time not_before_{};
  bool may_ask_ = true;  // after silence; not when the source is gone
  Time ask_at_{};
  std::chrono::milliseconds silence_;
};

}  // namespace stream::logic
