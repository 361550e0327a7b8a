#include "task_run.hpp"

#include <algorithm>
#include <utility>

#include "alarm_draft.hpp"
#include "stream/common/clock.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::logic {
namespace {

constexpr std::chrono::milliseconds kConfirmedFor{500};
constexpr std::chrono::milliseconds kConfirmAgainAfter{100};
constexpr std::size_t kMostPosters = 4;

LogicState first_state() {
  LogicState state;
  state.life = random_hex(8);
  return state;
}

// What cannot be read is of no use to any life.
bool is_of(std::uint64_t source, const std::string& state) {
  const auto read = decode<LogicState>(state);
  return !read || read->source == source;
}

}  // namespace

TaskRun::TaskRun(std::string key, ownership::Tenure::Self self, ownership::Tenure::IsLive is_live,
                 const TaskRunOptions& options, const Counters& counters, ByteBudget& budget)
    : key_(std::move(key)),
      options_(options),
      counters_(counters),
      budget_(budget),
      tenure_(std::move(self), std::move(is_live), options.tenure) {}

// ---- what is wanted

void TaskRun::own(const TaskPtr& task, const TaskCounters& counters) {
  const bool same = task_ == task || (task_ && *task_ == *task);
  if (same && wish_ == Wish::kOwn) return;
  if (running_ && (task_->logic != task->logic || task_->options != task->options)) {
    rules_since_us_ = unix_us();
  }
  task_ = task;
  task_counters_ = counters;
  want(Wish::kOwn);
  tenure_.acquire([this] { return make_first_state(); });
  if (running_) adopt_task();
}

void TaskRun::leave() {
  want(Wish::kLeave);
}

void TaskRun::erase(std::uint64_t source) {
  want(Wish::kErase);
  erased_source_ = source;
}

void TaskRun::want(Wish wish) {
  if (wish_ == wish) return;
  wish_ = wish;
  leaving_ = false;
}

bool TaskRun::idle() const {
  return wish_ != Wish::kOwn && (wish_ == Wish::kNone || leaving_) && tenure_.idle();
}

// ---- taking over and losing it

void TaskRun::follow_tenure(Time now) {
  const auto epoch = tenure_.owner() ? tenure_.epoch() : 0;
  if (epoch != epoch_) {
    forget_everything();
    epoch_ = epoch;
    // What was found decided goes into the queue first: all of its pictures at the same time.
    for (const OutboxEntry& entry : tenure_.committed()) fill(entry);
  }
  if (!running_ && epoch_ != 0 && wish_ == Wish::kOwn && tenure_.ready()) start(now);
}

void TaskRun::forget_everything() {
  if (epoch_ != 0 && wish_ == Wish::kOwn) {
    counters_.tasks_lost.add();
    log::warn("task_lost", {{"state", key_}, {"epoch", epoch_}});
  } else if (epoch_ != 0) {
    log::info("task_left", {{"state", key_}, {"epoch", epoch_}});
  }
  if (running_) show_totals(0, 0);
  running_ = false;
  order_.reset();
  decider_.reset();
  kept_ = {};
  newest_.reset();
  rules_since_us_ = 0;
  decided_.clear();
  to_fill_.clear();
  filling_.clear();
  complete_.clear();
  enqueue_.reset();
  enqueue_is_out_ = enqueue_in_doubt_ = false;
}

// What we know of the task may be old. So before anything is begun anew its record is read: a key may be
// missing because it was deleted with its task, and a state may be of a later life of the task.
bool TaskRun::use_confirmation(Time now) {
  const auto source = std::exchange(confirmed_, std::nullopt);
  const bool good = source == task_->source && now - confirmed_at_ < kConfirmedFor;
  wants_confirmation_ = !good;
  return good;
}

void TaskRun::confirmed(std::optional<std::uint64_t> source, Time now) {
  confirming_ = false;
  confirmed_ = source;
  confirmed_at_ = now;
}

std::optional<std::string> TaskRun::make_first_state() {
  if (!use_confirmation(now_)) return std::nullopt;
  auto state = first_state();
  state.source = task_->source;
  return encode(state);
}

void TaskRun::start(Time now) {
  auto found = decode<LogicState>(tenure_.state());
  if (!found) {
    log::error("state_unreadable", {{"state", key_}, {"why", found.error().message}});
    found = first_state();
  }
  if (found->source != task_->source && !use_confirmation(now)) return;
  state_ = *std::move(found);
  order_.reset();
  decider_.reset();
  running_ = true;
  changed_ = false;
  staged_at_ = now;
  const auto& memory = state_.memory;
  if (memory.clock.started) newest_ = FrameStamp{memory.last_frame_id, memory.clock.received_us};
  kept_.begin_with(tenure_.state(), memory.clock.received_us);
  adopt_task();
  log::info("task_taken", {{"state", key_},
                           {"epoch", epoch_},
                           {"processed", state_.processed},
                           {"lost", state_.lost},
                           {"alarms", state_.episodes}});
}

// Makes order and decider fit task_, as far as they do not yet.
void TaskRun::adopt_task() {
  const auto source = task_->source;
  const auto counting = counting_of(*task_);
  if (order_) state_.positions = order_->positions();
  if (decider_) state_.memory = decider_->save();
  const bool same_source = state_.source == source;
  if (!same_source) {
    state_.positions.clear();
    state_.posters.clear();
  }
  if (!same_source || state_.counting != counting) state_.memory = {};
  if (!order_ || !same_source) {
    order_.emplace(state_.positions, options_.order);
    ++order_tag_;
    lost_before_ = state_.lost;
  }
  decider_.emplace(decider_of(*task_));
  decider_->restore(state_.memory);
  task_counters_->rules->begin();
  state_.source = source;
  state_.counting = counting;
  if (!same_source) {
    newest_.reset();
    rules_since_us_ = 0;
    kept_.begin_with(encode(state_), 0);
  }
  show_totals(state_.processed, state_.lost);
}

std::string TaskRun::present_state() {
  state_.positions = order_->positions();
  state_.memory = decider_->save();
  auto state = encode(state_);
  kept_.offer(state, state_.memory.clock.received_us);
  return state;
}

std::optional<LookBack> TaskRun::look_back() const {
  if (!running()) return std::nullopt;
  LookBack back;
  back.task = task_;
  back.states = kept_.states();
  const auto& positions = order_->positions();
  if (!positions.empty()) back.position = positions.front();
  back.first_process = positions.size() == 1;
  back.newest = newest_;
  back.rules_since_us = rules_since_us_;
  back.held_up = !may_take_frames();
  back.too_large = kept_.too_large();
  return back;
}

// ---- frames

bool TaskRun::may_take_frames() const {
  if (!running_ || wish_ != Wish::kOwn || !tenure_.ready() || tenure_.congested()) return false;
  auto bytes = tenure_.pending_bytes();
  for (const Decided& decided : decided_) bytes += decided.entry.payload.size();
  return pending() < options_.tenure.most_pending && bytes < options_.tenure.most_pending_bytes;
}

// A task that is made anew is numbered anew, while frames of its former life are still on their way.
bool TaskRun::is_of_another_life(const FrameMeta& frame) const {
  return frame.source != 0 && frame.source != state_.source;
}

// An ingest-node that was cut off together with its api-node goes on taking frames of the process that the
// task was taken from, and has them when it is back: what another process has shown meanwhile is newer.
bool TaskRun::is_superseded(const FrameMeta& frame) const {
  const auto& posters = state_.posters;
  return !posters.empty() && std::find(posters.begin() + 1, posters.end(), frame.poster) != posters.end();
}

void TaskRun::note_poster(const FrameMeta& frame) {
  auto& posters = state_.posters;
  if (frame.poster == 0 || (!posters.empty() && posters.front() == frame.poster)) return;
  posters.insert(posters.begin(), frame.poster);
  if (posters.size() > kMostPosters) posters.pop_back();
}

void TaskRun::on_frame(FrameMeta frame, Time now) {
  if (!running_ || is_of_another_life(frame)) {
    counters_.frames_unassigned.add();
    return;
  }
  if (is_superseded(frame)) {
    counters_.frames_superseded.add();
    return;
  }
  switch (order_->take(std::move(frame), now)) {
    case FrameOrder::Taken::kYes:
      break;
    case FrameOrder::Taken::kRepeated:
      counters_.frames_repeated.add();
      break;
    case FrameOrder::Taken::kNoRoom:
      counters_.frames_put_off.add();
      break;
  }
}

void TaskRun::fetched(std::uint64_t tag, Fetched result, Time now) {
  switch (result.outcome) {
    case Fetched::Outcome::kFrames:
      counters_.fetches_answered.add();
      break;
    case Fetched::Outcome::kGone:
      counters_.fetches_gone.add();
      break;
    case Fetched::Outcome::kUnreachable:
      counters_.fetches_unreachable.add();
      break;
  }
  if (!running_ || tag != order_tag_) return;
  counters_.frames_fetched.add(static_cast<double>(result.frames.size()));
  std::erase_if(result.frames,
                [this](const FrameMeta& frame) { return is_of_another_life(frame) || is_superseded(frame); });
  order_->fetched(std::move(result), now);
}

void TaskRun::decide_on_what_came() {
  while (may_take_frames()) {
    const auto frame = order_->next();
    if (!frame) return;
    if (is_superseded(*frame)) {  // since it was taken
      counters_.frames_superseded.add();
    } else {
      decide(*frame);
    }
  }
}

void TaskRun::decide(const FrameMeta& frame) {
  const auto crowded_out = decider_->crowded_out();
  auto alarms = decider_->next_frame(frame);
  if (const auto more = decider_->crowded_out() - crowded_out; more > 0) {
    counters_.objects_crowded_out.add(static_cast<double>(more));
  }
  task_counters_->rules->show(*decider_);
  newest_ = FrameStamp{frame.frame_id, frame.received_us};
  note_poster(frame);
  changed_ = true;
  ++state_.processed;
  const auto lost = lost_before_ + order_->lost();
  counters_.frames_processed.add();
  counters_.frames_lost.add(static_cast<double>(lost - state_.lost));
  state_.lost = lost;
  show_totals(state_.processed, state_.lost);
  if (alarms.empty()) return;

  ++state_.episodes;
  counters_.alarms_decided.add();
  task_counters_->alarms.add();
  Decision decided{alarm_id(*task_, alarms.front().key, state_), unix_us(), std::move(alarms)};
  auto draft = draft_alarm(*task_, frame, decided, options_.max_events, counters_);
  decided_.push_back({present_state(), {std::move(decided.id), encode(draft)}, false});
  filling_.insert(draft.alarm.id);
  to_fill_.push_back(std::move(draft));
}

void TaskRun::show_totals(std::uint64_t processed, std::uint64_t lost) {
  const auto change = [](const Gauge& gauge, std::uint64_t& shown, std::uint64_t value) {
    gauge.add(static_cast<double>(value) - static_cast<double>(shown));
    shown = value;
  };
  change(task_counters_->processed, shown_processed_, processed);
  change(task_counters_->lost, shown_lost_, lost);
}

// ---- pictures

void TaskRun::fill(const OutboxEntry& entry) {
  auto draft = decode<AlarmDraft>(entry.payload);
  if (!draft || !filling_.insert(entry.id).second) return;
  to_fill_.push_back(*std::move(draft));
}

void TaskRun::filled(std::uint64_t tag, EnqueueAlarm alarm) {
  if (tag != epoch_ || filling_.erase(alarm.id) == 0) return;
  const auto decided = std::find_if(decided_.begin(), decided_.end(),
                                    [&](const Decided& d) { return d.entry.id == alarm.id; });
  if (decided != decided_.end()) decided->has_pictures = true;
  auto share = budget_.take(alarm.payload->size());
  const bool is_next = enqueue_ && enqueue_->id == alarm.id;
  if (!share && !is_next) {
    counters_.alarms_not_held.add();  // its pictures are fetched again when it is its turn
    return;
  }
  const auto id = alarm.id;
  complete_.insert_or_assign(id, Complete{std::move(alarm), share ? *std::move(share) : ByteBudget::Share()});
}

// ---- committing

void TaskRun::stage(Time now) {
  while (!decided_.empty() && decided_.front().has_pictures && tenure_.can_stage()) {
    auto& first = decided_.front();
    tenure_.stage(std::move(first.state), {std::move(first.entry)});
    decided_.pop_front();
    staged_at_ = now;
  }
  const bool due = now - staged_at_ >= options_.tenure.save_every || wish_ != Wish::kOwn;
  if (!changed_ || !due || !decided_.empty() || !tenure_.can_stage()) return;
  tenure_.stage(present_state(), {});
  changed_ = false;
  staged_at_ = now;
}

void TaskRun::leave_when_done() {
  if (leaving_ || wish_ == Wish::kOwn || wish_ == Wish::kNone || !decided_.empty()) return;
  leaving_ = true;
  if (wish_ == Wish::kErase) {
    tenure_.erase([source = erased_source_](const std::string& state) { return is_of(source, state); });
  } else {
    tenure_.release();
  }
}

// ---- what is to be done

TaskWork TaskRun::next(Time now) {
  follow_tenure(now);
  TaskWork work;
  if (running_) {
    decide_on_what_came();
    stage(now);
    if (may_take_frames()) {
      if (auto after = order_->fetch(now)) {
        work.fetch = TaskWork::Fetch{order_tag_, task_->task_id, task_->algorithm, *std::move(after)};
      }
    }
  }
  leave_when_done();
  now_ = now;
  work.call = next_call(now);
  // Not at once again: news that are late, or a record that we cannot use, would keep the bus busy.
  if (wants_confirmation_ && !confirming_ && now - confirmed_at_ >= kConfirmAgainAfter) {
    work.confirm = TaskWork::Confirm{task_->task_id, task_->algorithm};
    wants_confirmation_ = false;
    confirming_ = true;
  }
  for (auto& draft : std::exchange(to_fill_, {})) work.fills.push_back({epoch_, std::move(draft)});
  return work;
}

std::optional<TaskWork::Call> TaskRun::next_call(Time now) {
  for (;;) {
    if (enqueue_) {
      if (enqueue_is_out_) return std::nullopt;
      if (auto call = next_enqueue()) return call;
      if (filling_.contains(enqueue_->id)) return std::nullopt;
      // Written by another version that we cannot read: nothing can be made of it.
      counters_.drafts_unreadable.add();
      log::error("alarm_unreadable", {{"id", enqueue_->id}});
      enqueue_.reset();
      tenure_.answered(bus::EnqueueResult::kDuplicate, now);
    }
    auto call = tenure_.next(now);
    if (!call) return std::nullopt;
    if (auto* read = std::get_if<ownership::ReadState>(&*call)) return *read;
    if (auto* write = std::get_if<ownership::WriteState>(&*call)) return std::move(*write);
    enqueue_ = std::get<ownership::EnqueueEntry>(*std::move(call)).entry;
  }
}

// Empty while its pictures are not there.
std::optional<TaskWork::Call> TaskRun::next_enqueue() {
  const auto complete = complete_.find(enqueue_->id);
  if (complete == complete_.end()) {
    fill(*enqueue_);
    return std::nullopt;
  }
  enqueue_is_out_ = true;
  return complete->second.alarm;
}

bool TaskRun::answered(const ownership::Answer& answer, Time now) {
  bool is_new = false;
  if (const auto* result = std::get_if<bus::EnqueueResult>(&answer)) is_new = on_enqueued(*result);
  now_ = now;
  tenure_.answered(answer, now);
  return is_new;
}

bool TaskRun::on_enqueued(bus::EnqueueResult result) {
  enqueue_is_out_ = false;
  if (result == bus::EnqueueResult::kFull) {
    counters_.enqueue_full.add();
    enqueue_.reset();
    return false;
  }
  if (result == bus::EnqueueResult::kUnknown) {
    counters_.enqueue_unknown.add();
    enqueue_in_doubt_ = true;
    enqueue_.reset();
    return false;
  }
  // After an attempt without an answer a duplicate may be our own.
  const bool is_new = result == bus::EnqueueResult::kStored || enqueue_in_doubt_;
  (is_new ? counters_.alarms_stored : counters_.alarms_duplicate).add();
  enqueue_in_doubt_ = false;
  complete_.erase(enqueue_->id);
  enqueue_.reset();
  return is_new;
}

}  // namespace stream::logic
