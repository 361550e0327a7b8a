// The work on one task's algorithm on this node: takes it over, decides on its frames in order, commits what
// was decided together with the state, and puts the alarms into the queue.
//
//   frames ─> FrameOrder ─> Decider ─decision─> pictures ─> Tenure: commit ─> enqueue
//
// A decision waits for its pictures first; decisions and states are committed in the order of the frames. So
// whatever the key holds is: the state after some frame, and the alarms decided up to there that may not be
// in the queue. Who goes on from there decides what came later again, the same way and with the same ids.
//
// Sans I/O: no thread, no bus. Whoever runs it makes the calls that next() asks for and brings the answers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "byte_budget.hpp"
#include "counters.hpp"
#include "explain/kept_states.hpp"
#include "explain/look_back.hpp"
#include "frame_order.hpp"
#include "stream/ownership/tenure.hpp"
#include "stream/schemas/messages.hpp"
#include "task.hpp"

namespace stream::logic {

struct TaskRunOptions {
  ownership::TenureOptions tenure;
  FrameOrderOptions order;
  std::size_t max_events = 256;  // of one alarm
};

// An alarm that is to go into the queue.
struct EnqueueAlarm {
  std::string id;
  std::string topic;                           // for a copy
  std::shared_ptr<const std::string> payload;  // encoded Alarm
};

// Everything that is to be done now. Each part is answered on its own, in any order.
struct TaskWork {
  struct Fetch {
    std::uint64_t tag = 0;  // for fetched()
    std::string task_id;
    std::uint32_t algorithm = 0;
    FramePosition after;
  };
  struct Fill {
    std::uint64_t tag = 0;  // for filled()
    AlarmDraft draft;
  };
  using Call = std::variant<ownership::ReadState, ownership::WriteState, EnqueueAlarm>;

  // Whether the record of the task is there, in the life that we know.
  struct Confirm {
    std::string task_id;
    std::uint32_t algorithm = 0;
  };

  std::optional<Call> call;  // answered()
  std::optional<Fetch> fetch;
  std::vector<Fill> fills;
  std::optional<Confirm> confirm;  // confirmed()
};

// Confined to one thread at a time.
class TaskRun {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `key`: of its state, for logs. Counters and `budget`, which bounds the alarms that are held complete,
  // must outlive it.
  TaskRun(std::string key, ownership::Tenure::Self self, ownership::Tenure::IsLive is_live,
          const TaskRunOptions& options, const Counters& counters, ByteBudget& budget);

  // ---- what is wanted; each replaces the one before and may be repeated
  // To work on it, as this record says now.
  void own(const TaskPtr& task, const TaskCounters& counters);
  // To let it go: takes no more frames, ends what is decided, then releases it.
  void leave();
  // To remove it, because the task is gone: the same, then deletes the key. Not of another life than this
  // one, named as by source_of().
  void erase(std::uint64_t source);
  // Nothing is wanted here and nothing is left to do.
  bool idle() const;

  // ---- how it stands
  // It is at work: frames are welcome.
  bool running() const { return running_ && wish_ == Wish::kOwn; }
  bool owner() const { return tenure_.owner(); }
  // Another node has it, and has still to let it go.
  bool is_anothers() const { return tenure_.is_anothers(); }
  // Decided, but not known to be in the queue.
  std::size_t pending() const { return decided_.size() + tenure_.pending(); }

  // What it takes to look back at its decisions; empty while it is not at work. Copies next to nothing.
  std::optional<LookBack> look_back() const;

  // ---- what happens
  void on_frame(FrameMeta frame, Time now);
  void fetched(std::uint64_t tag, Fetched result, Time now);
  void filled(std::uint64_t tag, EnqueueAlarm alarm);
  // `source`: of the task's record as it was just read; empty: there is none, or no answer.
  void confirmed(std::optional<std::uint64_t> source, Time now);
  // True: it has put an alarm into the queue that was not there before.
  bool answered(const ownership::Answer& answer, Time now);

  TaskWork next(Time now);

 private:
  enum class Wish { kNone, kOwn, kLeave, kErase };
  // A decision whose pictures, or those of one before, are not there yet.
  struct Decided {
    std::string state;  // after it, encoded
    OutboxEntry entry;
    bool has_pictures = false;
  };
  struct Complete {
    EnqueueAlarm alarm;
    ByteBudget::Share share;  // none for the one that is next
  };

  void want(Wish wish);
  void follow_tenure(Time now);
  void forget_everything();
  bool use_confirmation(Time now);
  std::optional<std::string> make_first_state();
  void start(Time now);
  void adopt_task();
  std::string present_state();

  bool is_of_another_life(const FrameMeta& frame) const;
  bool is_superseded(const FrameMeta& frame) const;
  void note_poster(const FrameMeta& frame);
  bool may_take_frames() const;
  void decide_on_what_came();
  void decide(const FrameMeta& frame);
  void show_totals(std::uint64_t processed, std::uint64_t lost);
  void stage(Time now);
  void leave_when_done();
  void fill(const OutboxEntry& entry);
  std::optional<TaskWork::Call> next_call(Time now);
  std::optional<TaskWork::Call> next_enqueue();
  bool on_enqueued(bus::EnqueueResult result);

  const std::string key_;
  const TaskRunOptions options_;
  const Counters& counters_;
  ByteBudget& budget_;
  ownership::Tenure tenure_;

  Wish wish_ = Wish::kNone;
  bool leaving_ = false;  // what is wanted has been told to tenure_
  std::uint64_t erased_source_ = 0;
  TaskPtr task_;  // as own() said last
  std::optional<TaskCounters> task_counters_;

  // The task's record was read: good for one use, soon.
  std::optional<std::uint64_t> confirmed_;
  Time confirmed_at_{};
  bool wants_confirmation_ = false;
  bool confirming_ = false;
  Time now_{};  // of the present call

  // While it is ours.
  std::uint64_t epoch_ = 0;  // 0: it is not ours
  bool running_ = false;
  LogicState state_;  // after the last frame; positions and memory are those of order_ and decider_
  std::optional<FrameOrder> order_;
  std::uint64_t order_tag_ = 0;
  std::uint64_t lost_before_ = 0;                       // state_.lost without those of order_
  std::uint64_t shown_processed_ = 0, shown_lost_ = 0;  // our part of what task_counters_ show
  std::optional<decision::Decider> decider_;
  KeptStates kept_;
  std::optional<FrameStamp> newest_;  // the last frame that was decided on
  std::int64_t rules_since_us_ = 0;   // they changed while we were at work; 0: they did not
  bool changed_ = false;              // since the last staging
  Time staged_at_{};
  std::deque<Decided> decided_;

  // Pictures of alarms that are decided or committed, by the alarm's id.
  std::vector<AlarmDraft> to_fill_;
  std::set<std::string> filling_;
  std::map<std::string, Complete> complete_;
  std::optional<OutboxEntry> enqueue_;  // what tenure_ wants to enqueue
  bool enqueue_is_out_ = false;
  bool enqueue_in_doubt_ = false;  // an attempt had no answer
};

}  // namespace stream::logic
