#include "channel_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace stream::api {

// ---- what is wanted

void ChannelPlan::want(const Channel& channel) {
  Entry& entry = entries_[channel.id];
  if (entry.wanted != channel) entry.given_up = false;
  entry.wanted = channel;
  entry.settled_at.reset();
}

void ChannelPlan::unwant(TimePoint now, Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.wanted) return;
  Entry& entry = found->second;
  entry.wanted.reset();
  entry.given_up = false;
  if (!entry.inside) entry.settled_at = now + options_.settles;
}

// ---- what happened

void ChannelPlan::put_inside(Entry& entry, bool from_start) {
  entry.from_start = from_start;
  entry.seen = entry.refused = false;
  entry.trying_since.reset();
}

void ChannelPlan::on_started() {
  present_ = true;
  heard_ = restart_asked_ = false;
  asked_.reset();
  next_try_ = {};
  for (auto& [id, entry] : entries_) {
    if (!entry.is_wanted()) continue;
    entry.inside = entry.wanted;
    put_inside(entry, true);
  }
}

void ChannelPlan::on_adopted(const std::vector<Channel>& playing) {
  present_ = true;
  heard_ = restart_asked_ = false;
  asked_.reset();
  next_try_ = {};
  for (const Channel& channel : playing) {
    Entry& entry = entries_[channel.id];
    entry.inside = channel;
    put_inside(entry, true);
  }
}

void ChannelPlan::on_ended(TimePoint now) {
  present_ = false;
  asked_.reset();
  for (auto& [id, entry] : entries_) {
    if (std::exchange(entry.inside, std::nullopt) && !entry.wanted) entry.settled_at = now + options_.settles;
    entry.trying_since.reset();
  }
}

void ChannelPlan::on_told(TimePoint now, TellResult result) {
  const auto asked = std::exchange(asked_, std::nullopt);
  if (!asked) return;
  Entry& entry = entries_[asked->channel.id];
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
    entry.inside = asked->channel;
    put_inside(entry, false);
    entry.told_at = now;
    entry.refused = result == TellResult::kRefused;
  } else {
    entry.inside.reset();
    if (!entry.wanted) entry.settled_at = now + options_.settles;
  }
}

void ChannelPlan::on_video(TimePoint now, Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.inside || found->second.seen) return;
  found->second.seen = heard_ = true;
  prove_next(now);
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
  if (now < next_try_) return {};
  Step step = may_drop ? drop_one(now) : Step{};
  if (step.action == Action::kNone) step = add_one(may_add);
  if (step.action == Action::kAdd || step.action == Action::kDrop) asked_ = step;
  return step;
}

ChannelPlan::Step ChannelPlan::give_up_one(TimePoint now) {
  for (auto& [id, entry] : entries_) {
    std::string why = why_given_up(entry, now);
    if (why.empty()) continue;
    entry.given_up = true;
    prove_next(now);
    return {Action::kGiveUp, *entry.wanted, std::move(why)};
  }
  return {};
}

std::string ChannelPlan::why_given_up(const Entry& entry, TimePoint now) const {
  if (!entry.is_wanted()) return {};
  const auto limit = std::chrono::duration<double>(options_.alive_within).count();
  if (entry.is_unproven() && entry.refused) return "the shared process refused it";
  if (entry.is_unproven() && now - entry.told_at >= options_.alive_within)
    return fmt::format("no video of it came for {} s from the shared process", limit);
  if (!entry.inside && heard_ && entry.trying_since && now - *entry.trying_since >= options_.alive_within)
    return fmt::format("the shared process did not listen for {} s", limit);
  return {};
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

ChannelPlan::Step ChannelPlan::add_one(const std::function<bool(Id)>& may_add) {
  for (auto& [id, entry] : entries_) {
    if (entry.is_to_come() && may_add(id)) return {Action::kAdd, *entry.wanted, {}};
  }
  return {};
}

void ChannelPlan::forget_settled(TimePoint now) {
  std::erase_if(entries_, [&](const auto& item) {
    const Entry& entry = item.second;
    return !entry.wanted && !entry.inside && entry.settled_at && now >= *entry.settled_at;
  });
}

// ---- how it stands

std::vector<ChannelPlan::Channel> ChannelPlan::playlist() const {
  std::vector<Channel> channels;
  for (const auto& [id, entry] : entries_) {
    if (entry.is_wanted()) channels.push_back(*entry.wanted);
  }
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
    if (entry.wanted || entry.inside || !entry.settled_at || now < *entry.settled_at) ids.insert(id);
  }
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

}  // namespace stream::api
