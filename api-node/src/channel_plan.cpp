#include "channel_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace stream::api {

// ---- what is wanted

void ChannelPlan::want(const Channel& channel) {
  Entry& entry = entries_[channel.id];
  if (entry.wanted != channel) {
    entry.given_up = false;
    entry.forget_life();
    entry.trusted = entry.from_start && entry.inside == channel;
  }
  entry.wanted = channel;
  entry.settled_at.reset();
}

void ChannelPlan::unwant(TimePoint now, Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.wanted) return;
  Entry& entry = found->second;
  entry.wanted.reset();
  entry.given_up = false;
  entry.forget_life();
  if (!entry.inside) entry.settled_at = now + options_.settles;
}

// ---- what happened

void ChannelPlan::put_inside(Entry& entry, const Channel& channel, TimePoint now) {
  entry.inside = channel;
  entry.told_at = now;
  entry.from_start = false;
  entry.order = ++last_order_;
  entry.live = entry.refused = false;
  entry.trying_since.reset();
  entry.rests_until.reset();
}

void ChannelPlan::take_out(Entry& entry, TimePoint now) {
  entry.inside.reset();
  entry.live = false;
  if (!entry.wanted) entry.settled_at = now + options_.settles;
}

void ChannelPlan::begin(TimePoint now) {
  present_ = true;
  started_at_ = now;
  showed_ = heard_ = restart_asked_ = false;
  doubtful_.clear();
  asked_.reset();
  next_try_ = {};
}

void ChannelPlan::on_started(TimePoint now) {
  begin(now);
  for (const Channel& channel : playlist()) {
    Entry& entry = entries_.at(channel.id);
    put_inside(entry, channel, now);
    entry.from_start = entry.trusted = true;
  }
}

void ChannelPlan::on_adopted(TimePoint now, const std::vector<Channel>& playing) {
  begin(now);
  for (const Channel& channel : playing) {
    Entry& entry = entries_[channel.id];
    put_inside(entry, channel, now);
    entry.from_start = true;
    entry.trusted = entry.wanted == channel;
  }
}

void ChannelPlan::on_ended(TimePoint now) {
  if (present_) put_last_what_may_block(now);
  present_ = false;
  asked_.reset();
  for (auto& [id, entry] : entries_) {
    if (entry.inside) take_out(entry, now);
    entry.trying_since.reset();
  }
}

void ChannelPlan::put_last_what_may_block(TimePoint now) {
  if (showed_ || now - started_at_ < options_.first_video) return;
  Entry* first = nullptr;
  for (auto& [id, entry] : entries_) {
    if (entry.inside && (first == nullptr || entry.order < first->order)) first = &entry;
  }
  if (first != nullptr) first->rank = ++last_rank_;
}

void ChannelPlan::on_told(TimePoint now, TellResult result) {
  const auto asked = std::exchange(asked_, std::nullopt);
  if (!asked) return;
  Entry& entry = entries_.at(asked->channel.id);  // forget_settled() keeps it
  if (result == TellResult::kTaken || result == TellResult::kRefused) heard_ = true;
  const bool is_add = asked->action == Action::kAdd;
  // Of an add without an answer video will tell; a drop is asked for until it is answered.
  if (result == TellResult::kNotReached || (result == TellResult::kUnknown && !is_add)) {
    if (!entry.trying_since) entry.trying_since = now;
    next_try_ = now + options_.retry;
    return;
  }
  entry.trying_since.reset();
  if (is_add) {
    put_inside(entry, asked->channel, now);
    entry.refused = result == TellResult::kRefused;
    return;
  }
  if (!entry.live && entry.order > passed_) doubtful_.insert(entry.order);
  take_out(entry, now);
}

void ChannelPlan::on_video(TimePoint now, Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.inside || found->second.live) return;
  Entry& entry = found->second;
  entry.live = showed_ = heard_ = true;
  if (entry.inside == entry.wanted) entry.seen = true;
  passed_ = std::max(passed_, entry.order);
  std::erase_if(doubtful_, [this](std::uint64_t order) { return order <= passed_; });
  prove_next(now);
}

void ChannelPlan::rest(Id id, TimePoint until) {
  if (is_told(id)) entries_.at(id).rests_until = until;
}

void ChannelPlan::prove_next(TimePoint now) {
  for (auto& [id, entry] : entries_) {
    if (entry.is_unproven()) entry.told_at = now;
  }
}

// ---- what is to be done

ChannelPlan::Step ChannelPlan::next(TimePoint now, const std::function<bool(Id)>& may_add, bool may_drop) {
  forget_settled(now);
  if (!present_ || asked_) return {};
  if (Step step = give_up_one(now); step.action != Action::kNone) return step;
  if (now < next_try_ || !may_be_told(now)) return {};
  Step step = may_drop ? drop_one(now) : Step{};
  if (step.action == Action::kNone) step = add_one(now, may_add);
  if (step.action == Action::kAdd || step.action == Action::kDrop) asked_ = step;
  return step;
}

bool ChannelPlan::may_be_told(TimePoint now) const {
  return showed_ || now - started_at_ >= options_.first_video;
}

ChannelPlan::Step ChannelPlan::give_up_one(TimePoint now) {
  for (auto& [id, entry] : entries_) {
    std::string why = why_given_up(entry, now);
    if (why.empty()) continue;
    entry.given_up = true;
    return {Action::kGiveUp, *entry.wanted, std::move(why)};
  }
  return {};
}

std::string ChannelPlan::why_given_up(const Entry& entry, TimePoint now) const {
  if (!entry.is_wanted()) return {};
  const auto seconds = [](auto time) { return std::chrono::duration<double>(time).count(); };
  if (entry.is_unproven() && entry.refused) return "the shared process refused it";
  // Without any video the process itself is what is wrong.
  if (entry.is_unproven() && showed_) {
    const auto limit =
        options_.alive_within + (is_held_up(entry) ? options_.first_video : std::chrono::milliseconds(0));
    if (now - entry.told_at >= limit)
      return fmt::format("no video of it came for {} s from the shared process", seconds(limit));
  }
  if (!entry.inside && heard_ && entry.trying_since && now - *entry.trying_since >= options_.alive_within)
    return fmt::format("the shared process did not listen for {} s", seconds(options_.alive_within));
  return {};
}

// The process may still be at one before it.
bool ChannelPlan::is_held_up(const Entry& entry) const {
  const auto may_hold_up = [&](std::uint64_t order) { return order > passed_ && order < entry.order; };
  return std::any_of(doubtful_.begin(), doubtful_.end(), may_hold_up) ||
         std::any_of(entries_.begin(), entries_.end(), [&](const auto& item) {
           const Entry& other = item.second;
           return other.inside && !other.live && !other.refused && may_hold_up(other.order);
         });
}

ChannelPlan::Step ChannelPlan::drop_one(TimePoint now) {
  for (auto& [id, entry] : entries_) {
    if (!entry.is_to_go()) continue;
    if (entry.trying_since && now - *entry.trying_since >= options_.deaf_after) {
      if (std::exchange(restart_asked_, true)) return {};
      return {Action::kRestart, *entry.inside, "it does not listen any more"};
    }
    return {Action::kDrop, *entry.inside, {}};
  }
  return {};
}

ChannelPlan::Step ChannelPlan::add_one(TimePoint now, const std::function<bool(Id)>& may_add) {
  for (auto& [id, entry] : entries_) {
    if (entry.is_to_come(now) && may_add(id)) return {Action::kAdd, *entry.wanted, {}};
  }
  return {};
}

void ChannelPlan::forget_settled(TimePoint now) {
  std::erase_if(entries_, [&](const auto& item) {
    const Entry& entry = item.second;
    const bool is_asked = asked_ && asked_->channel.id == item.first;
    return !is_asked && !entry.wanted && !entry.inside && now >= entry.settled_at.value_or(now);
  });
}

// ---- how it stands

std::vector<ChannelPlan::Channel> ChannelPlan::playlist() const {
  std::vector<const Entry*> entries;
  for (const auto& [id, entry] : entries_) {
    if (entry.is_wanted()) entries.push_back(&entry);
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry* a, const Entry* b) { return a->rank < b->rank; });
  std::vector<Channel> channels;
  for (const Entry* entry : entries) channels.push_back(*entry->wanted);
  return channels;
}

std::vector<ChannelPlan::Channel> ChannelPlan::playing() const {
  std::vector<Channel> channels;
  for (const auto& [id, entry] : entries_) {
    if (entry.inside) channels.push_back(*entry.inside);
  }
  return channels;
}

std::set<ChannelPlan::Id> ChannelPlan::busy(TimePoint now) const {
  std::set<Id> ids;
  for (const auto& [id, entry] : entries_) {
    if (entry.wanted || entry.inside || now < entry.settled_at.value_or(now)) ids.insert(id);
  }
  if (asked_) ids.insert(asked_->channel.id);  // the process may play it by now
  return ids;
}

const ChannelPlan::Channel* ChannelPlan::wanted(Id id) const {
  const auto found = entries_.find(id);
  return found != entries_.end() && found->second.wanted ? &*found->second.wanted : nullptr;
}

bool ChannelPlan::is_inside(Id id) const {
  const auto found = entries_.find(id);
  return found != entries_.end() && found->second.inside;
}

bool ChannelPlan::is_told(Id id) const {
  const auto found = entries_.find(id);
  return found != entries_.end() && found->second.inside && found->second.inside == found->second.wanted;
}

bool ChannelPlan::is_resting(Id id) const {
  const auto found = entries_.find(id);
  return found != entries_.end() && found->second.rests_until;
}

}  // namespace stream::api
