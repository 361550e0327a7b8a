#include "stream/ownership/tenure.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "stream/common/assert.hpp"
#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::ownership {

Tenure::Tenure(Self self, IsLive is_live, const TenureOptions& options)
    : self_(std::move(self)), is_live_(std::move(is_live)), options_(options) {}

// ---- what is wanted

void Tenure::acquire(FirstState first_state) {
  // What was read to be erased is read again to be gone on with.
  if (wish_ == Wish::kErase && !call_is_out_) taking_.reset();
  wish_ = Wish::kOwn;
  first_state_ = std::move(first_state);
}

void Tenure::release() {
  wish_ = Wish::kNone;
}

void Tenure::erase(IsIts is_its) {
  wish_ = Wish::kErase;
  is_its_ = std::move(is_its);
}

void Tenure::spare_what_is_not_its(const std::string& state) {
  if (wish_ == Wish::kErase && is_its_ && !is_its_(state)) wish_ = Wish::kNone;
}

bool Tenure::idle() const {
  return wish_ == Wish::kNone && !owner_ && !in_doubt_ && !call_is_out_ && !giving_back();
}

std::size_t Tenure::pending_bytes() const {
  const auto add = [](std::size_t sum, const OutboxEntry& entry) { return sum + entry.payload.size(); };
  const auto staged = std::accumulate(staged_.begin(), staged_.end(), std::size_t{0}, add);
  return std::accumulate(committed_.begin(), committed_.end(), staged, add);
}

void Tenure::stage(std::string state, std::vector<OutboxEntry> decided) {
  STREAM_ASSERT(can_stage(), "owner {}, leaving {}, inherited {}", owner_, leaving_, inherited_);
  state_ = std::move(state);
  dirty_ = true;
  staged_.insert(staged_.end(), std::make_move_iterator(decided.begin()),
                 std::make_move_iterator(decided.end()));
}

// ---- what to call

std::optional<Call> Tenure::next(Time now) {
  if (call_is_out_ || now < not_before_) return std::nullopt;
  auto call = owner_ ? next_as_owner(now) : next_as_other();
  call_is_out_ = call.has_value();
  return call;
}

std::optional<Call> Tenure::next_as_other() {
  if (in_doubt_) return ReadState{};
  if (wish_ == Wish::kNone && !giving_back()) {
    taking_.reset();
    watched_revision_ = 0;
    return std::nullopt;
  }
  if (!taking_) return ReadState{};
  return WriteState{taking_from_, encode(*taking_), WriteState::Purpose::kTakeOver};
}

std::optional<Call> Tenure::next_as_owner(Time now) {
  if (in_doubt_) return ReadState{};
  spare_what_is_not_its(state_);
  const bool leave = wish_ != Wish::kOwn;
  // What cannot be enqueued now the next owner will enqueue; but after an erase there is none.
  if (leave && wish_ != Wish::kErase && delay_.count() > 0) return leave_for_good();
  // A write that found no room may find it when something left the outbox.
  const bool write_first = !staged_.empty() && !(write_failed_ && !committed_.empty());
  if (write_first) return save();
  if (!committed_.empty()) return EnqueueEntry{committed_.front()};
  if (leave) return leave_for_good();
  if (dirty_ && now - saved_at_ >= options_.save_every) return save();
  // Whoever slept or was cut off may have been replaced; with nothing to write nothing else would tell.
  if (now - seen_at_ >= options_.look_after) return ReadState{};
  return std::nullopt;
}

Call Tenure::save() {
  staged_in_write_ = staged_.size();
  dirty_ = false;  // until something changes while it is on its way, or it fails
  const auto purpose = staged_.empty() ? WriteState::Purpose::kSave : WriteState::Purpose::kCommit;
  return WriteState{revision_, encode(value(self_.node)), purpose};
}

Call Tenure::leave_for_good() {
  leaving_ = true;
  constexpr auto kPurpose = WriteState::Purpose::kLeave;
  if (wish_ == Wish::kErase) return WriteState{revision_, std::nullopt, kPurpose};
  return WriteState{revision_, encode(value({})), kPurpose};
}

OwnedState Tenure::value(std::string owner) const {
  OwnedState value;
  value.epoch = epoch_;
  value.owner_boot = owner.empty() ? 0 : self_.boot;
  value.owner = std::move(owner);
  value.state = state_;
  value.outbox.assign(committed_.begin(), committed_.end());
  value.outbox.insert(value.outbox.end(), staged_.begin(), staged_.end());
  return value;
}

// ---- what came of it

void Tenure::answered(const Answer& answer, Time now) {
  STREAM_ASSERT(call_is_out_, "an answer without a call");
  call_is_out_ = false;
  if (const auto* read = std::get_if<Result<std::optional<bus::Entry>>>(&answer)) {
    on_read(*read, now);
  } else if (const auto* written = std::get_if<bus::CasResult>(&answer)) {
    on_written(*written, now);
  } else {
    on_enqueued(std::get<bus::EnqueueResult>(answer), now);
  }
}

void Tenure::on_read(const Result<std::optional<bus::Entry>>& result, Time now) {
  if (!result) {
    repeat_later(now);
    return;
  }
  went_well();
  in_doubt_ = false;
  if (owner_) {
    on_read_as_owner(*result, now);
  } else {
    on_read_as_other(*result, now);
  }
}

void Tenure::on_read_as_owner(const std::optional<bus::Entry>& entry, Time now) {
  const auto found = entry ? decode<OwnedState>(entry->value) : Result<OwnedState>();
  const bool is_ours = entry && found && found->owner == self_.node && found->owner_boot == self_.boot &&
                       found->epoch == epoch_;
  if (!is_ours) {
    if (wish_ == Wish::kOwn) ++times_lost_;
    no_longer_owner();
    return;
  }
  revision_ = entry->revision;
  seen_at_ = now;
  // A write whose answer we did not get committed what the outbox holds of our staged decisions: always the
  // first ones.
  const auto is_committed = [&](const OutboxEntry& staged) {
    return std::any_of(found->outbox.begin(), found->outbox.end(),
                       [&](const OutboxEntry& entry_in_key) { return entry_in_key.id == staged.id; });
  };
  const auto end = std::find_if_not(staged_.begin(), staged_.end(), is_committed);
  std::move(staged_.begin(), end, std::back_inserter(committed_));
  staged_.erase(staged_.begin(), end);
}

void Tenure::on_read_as_other(const std::optional<bus::Entry>& entry, Time now) {
  if (!entry) {
    if (wish_ == Wish::kErase) wish_ = Wish::kNone;
    if (wish_ == Wish::kOwn) begin(0, now);
    return;
  }
  auto found = decode<OwnedState>(entry->value);
  if (!found) {
    log::error("state_unreadable", {{"key", entry->key}, {"why", found.error().message}});
    if (wish_ != Wish::kNone) begin(entry->revision, now);
    return;
  }
  spare_what_is_not_its(found->state);
  // A take-over of ours, of which we never heard, was done after all.
  const bool is_ours = found->owner == self_.node && found->owner_boot == self_.boot;
  if (wish_ == Wish::kNone) {
    if (is_ours) take_over(*std::move(found), entry->revision, {});
    return;
  }
  if (!is_ours && !found->owner.empty() && is_live_(found->owner, found->owner_boot)) {
    if (watched_revision_ != entry->revision) {
      watched_revision_ = entry->revision;
      watched_since_ = now;
    }
    if (now - watched_since_ < options_.steal_after) {
      not_before_ = now + options_.look_again;
      return;
    }
  }
  take_over(*std::move(found), entry->revision, self_.node);
}

void Tenure::begin(bus::Revision revision, Time now) {
  OwnedState first;
  if (wish_ == Wish::kOwn) {
    auto state = first_state_();
    if (!state) {
      repeat_later(now);
      return;
    }
    first.state = *std::move(state);
  }
  take_over(std::move(first), revision, self_.node);
}

void Tenure::take_over(OwnedState found, bus::Revision revision, std::string owner) {
  found.epoch = std::max(found.epoch, epoch_) + 1;
  found.owner_boot = owner.empty() ? 0 : self_.boot;
  found.owner = std::move(owner);
  taking_ = std::move(found);
  taking_from_ = revision;
}

void Tenure::on_written(const bus::CasResult& result, Time now) {
  using Outcome = bus::CasResult::Outcome;
  const bool left = std::exchange(leaving_, false);
  const auto in_write = std::exchange(staged_in_write_, 0);
  if (!owner_) {
    auto taken = *std::exchange(taking_, std::nullopt);
    if (result.done()) {
      went_well();
      saved_at_ = seen_at_ = now;
      if (!taken.owner.empty()) become_owner(std::move(taken), result.revision);
      return;
    }
  } else if (result.done()) {
    went_well();
    full_ = write_failed_ = false;
    saved_at_ = seen_at_ = now;
    revision_ = result.revision;
    if (left) {
      no_longer_owner();
      if (wish_ == Wish::kErase) wish_ = Wish::kNone;
      return;
    }
    const auto end = staged_.begin() + static_cast<std::ptrdiff_t>(in_write);
    std::move(staged_.begin(), end, std::back_inserter(committed_));
    staged_.erase(staged_.begin(), end);
    return;
  }
  dirty_ = true;
  write_failed_ = true;
  if (result.outcome == Outcome::kFull) full_ = owner_;
  // Also after a conflict: perhaps it was a write of our own, of which we never heard, that came first.
  if (result.outcome != Outcome::kFull) in_doubt_ = true;
  if (result.outcome != Outcome::kConflict) repeat_later(now);
}

void Tenure::on_enqueued(bus::EnqueueResult result, Time now) {
  write_failed_ = false;
  if (result == bus::EnqueueResult::kFull || result == bus::EnqueueResult::kUnknown) {
    if (result == bus::EnqueueResult::kFull) full_ = true;
    repeat_later(now);
    return;
  }
  went_well();
  full_ = false;
  committed_.pop_front();
  if (inherited_ > 0) --inherited_;
  dirty_ = true;
}

void Tenure::become_owner(OwnedState state, bus::Revision revision) {
  owner_ = true;
  watched_revision_ = 0;
  epoch_ = state.epoch;
  revision_ = revision;
  state_ = std::move(state.state);
  committed_.assign(std::make_move_iterator(state.outbox.begin()),
                    std::make_move_iterator(state.outbox.end()));
  inherited_ = committed_.size();
  staged_.clear();
  taking_.reset();
  dirty_ = full_ = write_failed_ = false;
}

void Tenure::no_longer_owner() {
  owner_ = false;
  staged_.clear();
  committed_.clear();
  inherited_ = 0;
  dirty_ = full_ = write_failed_ = false;
}

void Tenure::repeat_later(Time now) {
  delay_ = delay_.count() == 0 ? options_.repeat_first : std::min(2 * delay_, options_.repeat_most);
  not_before_ = now + delay_;
}

void Tenure::went_well() {
  delay_ = {};
  not_before_ = {};
}

}  // namespace stream::ownership
