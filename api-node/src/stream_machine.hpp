// The life of one stream process: what is to be done next, and what its state is called. Decisions only; the
// clock and the chance are passed in. docs/task-states.md has the diagram.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "stream/common/result.hpp"
#include "stream_state.hpp"

namespace stream::api {

struct StreamMachineOptions {
  std::chrono::milliseconds first_delay{1000},
      longest_delay{60000};                             // between an end and the next try, doubled each time
  double jitter = 0.2;                                  // a delay is up to this part shorter or longer
  std::chrono::milliseconds healthy_after{300000};      // of running; all earlier trouble is forgotten then
  std::chrono::milliseconds crash_window{120000};       // so many abnormal ends in this time ...
  std::size_t crash_count = 5;                          // ... are a crash loop
  std::chrono::milliseconds first_video_within{60000};  // of the start, models are loaded meanwhile
  std::chrono::milliseconds stall_after{30000};         // without video a running one has stalled
  std::chrono::milliseconds stall_restart_after{
      60000};  // of being stalled; 0: it is never restarted for that
  std::chrono::milliseconds ingest_patience{
      2000};                              // an ingest-node that is behind is not waited for any longer
  std::chrono::milliseconds grace{5000};  // from SIGTERM to SIGKILL
};

// When a process that ended is started again.
enum class RestartPolicy {
  kAlways,     // after every end
  kOnFailure,  // after an abnormal one; a source that was played to its end has ended
  kOnEnd,      // when the source was played to its end: plays it again; an abnormal end is final
  kNever,
};
// "always", "on-failure", "on-end", "never"; empty for everything else.
std::optional<RestartPolicy> restart_policy_of(std::string_view name);

struct StreamTerms {
  RestartPolicy restart = RestartPolicy::kOnFailure;
  // A file or a folder that is not played for ever; the process of another has no business to exit, even with
  // code 0.
  bool source_ends = false;
};

// One stream process over its whole life. Confined to one thread.
class StreamMachine {
 public:
  using Clock = std::chrono::steady_clock;
  using TimePoint = Clock::time_point;

  enum class Action { kNone, kStart, kTerminate, kKill };

  // What is known from outside at one moment.
  struct Look {
    // While there is no process: kNone may start, or why it has to wait (kIngestAway, kIngestBehind,
    // kProcessLimit, kStartTurn).
    StreamReason wait = StreamReason::kNone;
    // While there is one: kNone, or what of ours is in the way of its frames (kIngestAway, kIngestFull,
    // kNoConsumer, kDiskFull, kFlowUnknown).
    StreamReason hindrance = StreamReason::kNone;
    // The last sign of video since the process is there: a frame that was taken, a line about its speed.
    std::optional<TimePoint> last_video{};
    // Longest silence that is usual for it, since a slow camera shows itself rarely.
    std::chrono::milliseconds usual_silence{0};
    bool end_of_stream = false;  // its log, or the last frame, said that it has played to the end
    bool not_posted = false;     // frames come out of its graph, but do not arrive
    bool too_large = false;      // it uses more memory than it may
    // How long we know whether there was video; what is later is no silence of its. Empty: until now.
    std::optional<TimePoint> known_until{};
  };

  // What it remembers of earlier tries.
  struct Trouble {
    std::uint32_t restarts = 0;
    std::chrono::milliseconds step{0};  // the last delay before chance changed it; 0: there was none
    std::deque<TimePoint> crashes{};    // within crash_window, at most crash_count
    bool crash_loop = false;            // until it was healthy
    bool counts_restart = false;        // the next start is one
    TimePoint next_try{};
    bool operator==(const Trouble&) const = default;
  };

  // `chance` gives numbers from 0 to 1.
  StreamMachine(TimePoint now, const StreamMachineOptions& options, StreamTerms terms,
                std::function<double()> chance);

  // What is to be done now. kStart is answered with on_started() or on_start_failed(), or it comes again; the
  // signals are sent once. Call it often.
  Action next(TimePoint now, const Look& look);

  void on_started(TimePoint now);
  // Instead of the first next(): a process that a former api-node started goes on. `restarts`: as that one
  // counted them.
  void on_adopted(TimePoint now, std::uint32_t restarts);
  // Before the first next(): goes on where a former machine was, in its state if that was waiting for a try
  // that is still to come.
  void go_on_with(TimePoint now, const Trouble& trouble, StreamState state, StreamReason reason,
                  std::string text);
  // Instead of the first next(): it was over in a former life, and stays so. REQUIRES: kEnded or kFailed.
  void on_former_end(TimePoint now, StreamState state, StreamReason reason, std::string text,
                     std::uint32_t restarts);
  // kNotFound and kInvalid: it cannot work as it is, tried again every longest_delay. Else: backs off.
  void on_start_failed(TimePoint now, const Error& error);
  // `end_of_stream`: as in Look, by what it said last. Without it no exit is the end of a source: code 0 is
  // also what many a process that was told to go ends with.
  void on_exit(TimePoint now, const ProcessEnd& end, bool end_of_stream = false);
  // The task was changed, its process goes on.
  void set_terms(StreamTerms terms) { terms_ = terms; }
  // For good.
  void request_stop(TimePoint now);
  // The process ends, with signals as for a stop, and is queued again without delay; its state stays as it is
  // meanwhile. False: there is no process, or it is on its way already.
  bool request_restart(TimePoint now);

  StreamState state() const { return state_; }
  StreamReason reason() const { return reason_; }
  // The reason, for people; empty when there is nothing to explain.
  const std::string& text() const { return text_; }
  TimePoint since() const { return since_; }
  // Starts after the first that were no moves.
  std::uint32_t restarts() const { return trouble_.restarts; }
  const Trouble& trouble() const { return trouble_; }
  // Nothing will happen any more without a user.
  bool is_over() const;
  // From the last end to the next try; 0 when there was none.
  std::chrono::milliseconds delay() const { return delay_; }

 private:
  // Why we end a process ourselves.
  enum class Ending { kNot, kMove, kStall, kHangsAtEnd, kTooLarge };

  Action wait_or_start(TimePoint now, StreamReason wait);
  Action watch(TimePoint now, const Look& look);
  void unblock(TimePoint now);
  Action take_silence(TimePoint now);
  void forgive();
  Action ask_to_end(TimePoint now);
  void enter(StreamState state, TimePoint now, StreamReason reason, std::string text = {});
  void explain(StreamReason reason, std::string text);
  void begin_process(TimePoint now);
  void take_end_of_source(TimePoint now, bool saw_video);
  void take_crash(TimePoint now, StreamReason reason, const std::string& what);
  void back_off(TimePoint now, StreamReason reason, const std::string& what);
  bool restarts_on_failure() const;
  bool restarts_on_end() const;
  std::chrono::milliseconds jittered(std::chrono::milliseconds delay) const;

  const StreamMachineOptions options_;
  StreamTerms terms_;
  const std::function<double()> chance_;

  StreamState state_ = StreamState::kQueued;
  StreamReason reason_ = StreamReason::kNone;
  std::string text_;
  TimePoint since_;

  // Of the tries.
  Trouble trouble_;
  std::optional<TimePoint> behind_since_{};  // the ingest-node is up, and does not know the task
  std::chrono::milliseconds delay_{0};
  bool will_retry_ = false;  // a kFailed

  // Of the process that is there.
  struct Present {
    TimePoint patience_from{};                 // silence is counted from here at the earliest
    std::optional<TimePoint> running_since{};  // it has not stalled since then
    StreamState before_block = StreamState::kStarting;
    bool saw_video = false, saw_end = false;
    Ending ending = Ending::kNot;
    StreamReason stalled_for = StreamReason::kNoVideo;
    TimePoint ending_since{};
    bool terminated = false, killed = false;
  } present_;
};

}  // namespace stream::api
