#include "node.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::simulation {
namespace {

using ownership::Answer;
using ownership::Call;
using ownership::EnqueueEntry;
using ownership::ReadState;
using ownership::WriteState;

// Shorter than in life, in proportion, so that a run needs less of them.
constexpr ownership::MembershipOptions kMembership{milliseconds(300), milliseconds(1500)};
constexpr ownership::PlacementOptions kPlacement{milliseconds(2000), 10};
constexpr ownership::TenureOptions kTenure{.save_every = milliseconds(400),
                                           .look_again = milliseconds(300),
                                           .steal_after = milliseconds(5000),
                                           .look_after = milliseconds(2000),
                                           .repeat_first = milliseconds(50),
                                           .repeat_most = milliseconds(1000),
                                           .most_pending = 3};
constexpr milliseconds kTick{50};
constexpr milliseconds kSweepEvery{2500};
constexpr milliseconds kStopWithin{3000};
constexpr milliseconds kConfirmedFor{500};
constexpr std::uint64_t kFramesPerTick = 20;

NodeRecord record(const std::string& name, std::uint64_t boot) {
  NodeRecord record;
  record.role = "logic";
  record.node = name;
  record.boot = boot;
  return record;
}

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// No reply: nobody knows.
Answer answer_to(const Call& call, const std::optional<Reply>& reply) {
  if (std::holds_alternative<ReadState>(call)) {
    if (!reply) return Result<std::optional<bus::Entry>>(fail(ErrorCode::kUnavailable, "no answer"));
    return Result<std::optional<bus::Entry>>(std::get<std::optional<bus::Entry>>(*reply));
  }
  if (std::holds_alternative<WriteState>(call)) {
    return reply ? std::get<bus::CasResult>(*reply) : bus::CasResult();
  }
  return reply ? std::get<bus::EnqueueResult>(*reply) : bus::EnqueueResult::kUnknown;
}

}  // namespace

std::string key_of(const std::string& task) {
  return topics::state_key(task, 0);
}

Node::Node(Surroundings& surroundings, std::string name, std::uint64_t boot)
    : surroundings_(surroundings),
      name_(std::move(name)),
      boot_(boot),
      process_(std::make_shared<Process>(surroundings.timeline, name_)),
      heartbeat_(record(name_, boot), kMembership),
      placement_(name_, kPlacement) {}

void Node::start() {
  trace("starts");
  aged_at_ = surroundings_.timeline.now();
  surroundings_.network.watch(*process_, "nd/", [this](const auto& changes) { on_members(changes); });
  surroundings_.network.watch(*process_, "task/", [this](const auto& changes) { on_tasks(changes); });
  beat();
  tick();
  sweep();
}

bool Node::owns(const std::string& task) const {
  const auto found = units_.find(task);
  return found != units_.end() && found->second->tenure->owner();
}

bool Node::works_on(const std::string& task) const {
  const auto found = units_.find(task);
  return found != units_.end() && found->second->tenure->ready();
}

// ---- being a member, as membership.cpp does it

void Node::beat() {
  if (leaving_) {
    say_goodbye();
    return;
  }
  write_record(heartbeat_.next_write());
}

void Node::write_record(const ownership::Heartbeat::Write& write) {
  surroundings_.network.call(
      *process_, Cas{heartbeat_.key(), write.expected, write.value},
      [this](const std::optional<Reply>& reply) {
        if (const auto again =
                heartbeat_.written(reply ? std::get<bus::CasResult>(*reply) : bus::CasResult())) {
          write_record(*again);
          return;
        }
        process_->after(kMembership.write_every, [this] {
          const Time now = surroundings_.timeline.now();
          if (surroundings_.variant == Variant::kNoEcho) {
            heartbeat_.take({{{heartbeat_.key(), encode(heartbeat_.self()), 0, false}}, false});
          }
          heartbeat_.age(now - std::exchange(aged_at_, now));
          members_changed();
          beat();
        });
      });
}

void Node::say_goodbye() {
  surroundings_.network.call(*process_, Cas{heartbeat_.key(), heartbeat_.revision(), std::nullopt},
                             [this](const std::optional<Reply>&) {
                               trace("has ended");
                               process_->kill();
                             });
}

void Node::on_members(const bus::Watch::Changes& changes) {
  heartbeat_.take(changes);
  members_changed();
}

void Node::members_changed() {
  std::vector<NodeRecord> live;
  std::string names;
  for (auto& [key, peer] : heartbeat_.live()) {
    live.push_back(peer);
    names += " " + peer.node;
  }
  if (std::exchange(seen_, names) != names) trace("sees" + names);
  placement_.set_members(live, surroundings_.timeline.now());
}

void Node::on_tasks(const bus::Watch::Changes& changes) {
  if (changes.reset) {
    for (const auto& [task, unit] : units_) unit->incarnation.reset();
  }
  for (const bus::Entry& entry : changes.entries) {
    Unit& changed = unit(entry.key.substr(std::string_view("task/").size()));
    changed.incarnation = entry.deleted ? std::nullopt : std::optional(number(entry.value));
    if (changed.incarnation) changed.last_incarnation = *changed.incarnation;
  }
}

Node::Unit& Node::unit(const std::string& task) {
  UnitPointer& unit = units_[task];
  if (!unit) {
    unit = std::make_shared<Unit>();
    unit->task = task;
    unit->key = key_of(task);
    unit->tenure = std::make_unique<ownership::Tenure>(
        ownership::Tenure::Self{name_, boot_},
        [this](std::string_view node, std::uint64_t boot) { return placement_.is_live(node, boot); },
        kTenure);
  }
  return *unit;
}

// ---- the driver

void Node::tick() {
  const Time now = surroundings_.timeline.now();
  if (stopping_ && stop_by_ == Time()) stop_by_ = now + kStopWithin;
  bool all_idle = true;
  for (auto it = units_.begin(); it != units_.end();) {
    const UnitPointer unit = it->second;
    if (!unit->incarnation && unit->erasing && unit->tenure->idle()) {
      it = units_.erase(it);
      continue;
    }
    ++it;
    want(*unit);
    pump(unit);
    work(unit);
    pump(unit);
    if (!process_->alive()) return;
    all_idle = all_idle && unit->tenure->idle();
  }
  leaving_ = stopping_ && (all_idle || now >= stop_by_);
  process_->after(kTick, [this] { tick(); });
}

void Node::want(Unit& unit) {
  ownership::Tenure& tenure = *unit.tenure;
  const bool is_ours = placement_.is_ours(unit.key);
  if (!unit.incarnation && !stopping_) {
    unit.erasing = true;
    unit.acquiring = unit.releasing = false;
    if (tenure.owner() || is_ours) {
      tenure.erase([gone = unit.last_incarnation](const std::string& state) {
        return Filter::decoded(state).value().incarnation == gone;
      });
    } else {
      tenure.release();
    }
    return;
  }
  unit.erasing = false;
  if (is_ours && !stopping_) {
    unit.releasing = false;
    if (!std::exchange(unit.acquiring, true)) {
      tenure.acquire([this, &unit] { return first_state(unit); });
    }
    return;
  }
  if (!tenure.owner() || stopping_) {
    unit.acquiring = unit.releasing = false;
    tenure.release();
  } else if (!unit.releasing && placement_.may_move(surroundings_.timeline.now())) {
    unit.acquiring = false;
    unit.releasing = true;
    tenure.release();
  }
}

// The key may be missing because it was deleted with its task, of which we have not heard yet.
std::optional<std::string> Node::first_state(Unit& unit) {
  const Time now = surroundings_.timeline.now();
  if (const auto confirmed = std::exchange(unit.confirmed, 0);
      confirmed != 0 && now - unit.confirmed_at < kConfirmedFor) {
    Filter first;
    first.life = surroundings_.dice.number();
    first.incarnation = confirmed;
    return first.encoded();
  }
  if (std::exchange(unit.confirming, true)) return std::nullopt;
  surroundings_.network.call(*process_, Get{"task/" + unit.task},
                             [this, unit = units_.at(unit.task)](const std::optional<Reply>& reply) {
                               unit->confirming = false;
                               if (!reply) return;
                               const auto& record = std::get<std::optional<bus::Entry>>(*reply);
                               unit->confirmed = record ? number(record->value) : 0;
                               unit->confirmed_at = surroundings_.timeline.now();
                             });
  return std::nullopt;
}

void Node::work(const UnitPointer& unit) {
  const ownership::Tenure& tenure = *unit->tenure;
  if (!tenure.ready() || tenure.congested() || unit->fetching || !unit->incarnation) return;
  Filter& filter = unit->filter;
  if (unit->loaded_in != tenure.epoch()) {
    filter = Filter::decoded(tenure.state()).value();
    unit->loaded_in = tenure.epoch();
  }
  if (filter.incarnation > *unit->incarnation) return;  // our task record is an old one
  if (filter.incarnation < *unit->incarnation) filter.begin_again(*unit->incarnation);
  const Tape& tape = surroundings_.tapes.at({unit->task, filter.incarnation});
  const Time now = surroundings_.timeline.now();
  const std::uint64_t before = filter.position;
  if (filter.position + 1 < tape.oldest(now)) {
    filter.lost += tape.oldest(now) - 1 - filter.position;
    filter.position = tape.oldest(now) - 1;
  }
  std::vector<Decision> decided;
  while (filter.position < tape.newest(now) && filter.position < before + kFramesPerTick && decided.empty()) {
    decided = filter.process(tape.frames[filter.position]);
  }
  if (filter.position == before) return;
  if (decided.empty()) {
    stage(*unit, decided);
    return;
  }
  unit->fetching = true;
  process_->after(surroundings_.dice.between(milliseconds(0), milliseconds(150)), [this, unit, decided] {
    unit->fetching = false;
    stage(*unit, decided);
    pump(unit);
  });
}

void Node::stage(Unit& unit, const std::vector<Decision>& decided) {
  if (unit.loaded_in != unit.tenure->epoch() || !unit.tenure->can_stage()) {
    unit.loaded_in = 0;  // what was not staged did not happen
    return;
  }
  std::vector<OutboxEntry> entries;
  for (const Decision& decision : decided) {
    entries.push_back(
        {fmt::format("{}:0:{}:{:x}-{}", unit.task, decision.object, unit.filter.life, decision.episode),
         fmt::format("{}|{}|{}", unit.task, unit.filter.incarnation, name_of(decision))});
    trace(fmt::format("decides {}", entries.back().payload));
  }
  unit.tenure->stage(unit.filter.encoded(), std::move(entries));
}

void Node::pump(const UnitPointer& unit) {
  if (!process_->alive()) return;
  if (auto call = unit->tenure->next(surroundings_.timeline.now())) perform(unit, *std::move(call));
}

void Node::perform(const UnitPointer& unit, Call call) {
  break_call(*unit, call);
  Request request;
  if (std::holds_alternative<ReadState>(call)) {
    request = Get{unit->key};
  } else if (const auto* write = std::get_if<WriteState>(&call)) {
    request = Cas{unit->key, write->expected, write->value, surroundings_.variant == Variant::kNoCas};
  } else {
    const OutboxEntry& entry = std::get<EnqueueEntry>(call).entry;
    request = Enqueue{entry.id, entry.payload};
  }
  surroundings_.network.call(*process_, std::move(request),
                             [this, unit, call](const std::optional<Reply>& reply) {
                               Answer answer = answer_to(call, reply);
                               break_answer(*unit, answer);
                               const bool was_owner = unit->tenure->owner();
                               unit->tenure->answered(answer, surroundings_.timeline.now());
                               if (was_owner != unit->tenure->owner()) {
                                 trace(fmt::format("{} {}, epoch {}", was_owner ? "no longer owns" : "owns",
                                                   unit->key, unit->tenure->epoch()));
                               }
                               pump(unit);
                             });
}

// Finds keys whose task went while nobody looked.
void Node::sweep() {
  const auto later = [this] { process_->after(kSweepEvery, [this] { sweep(); }); };
  surroundings_.network.call(*process_, List{"st/"}, [this, later](const std::optional<Reply>& reply) {
    later();
    if (!reply) return;
    for (const bus::Entry& entry : std::get<std::vector<bus::Entry>>(*reply)) {
      const std::string task = entry.key.substr(3, entry.key.rfind('/') - 3);
      if (units_.contains(task)) continue;
      surroundings_.network.call(
          *process_, Get{"task/" + task}, [this, task, entry](const std::optional<Reply>& record) {
            const bool is_gone = record && !std::get<std::optional<bus::Entry>>(*record);
            if (!is_gone || units_.contains(task) || !placement_.is_ours(key_of(task))) return;
            const auto found = *decode<OwnedState>(entry.value);
            unit(task).last_incarnation = Filter::decoded(found.state).value().incarnation;
          });
    }
  });
}

// ---- broken on purpose

void Node::break_call(Unit& unit, Call& call) {
  if (auto* write = std::get_if<WriteState>(&call); write != nullptr && write->value) {
    if (surroundings_.variant == Variant::kPublishFirst) {
      const auto value = *decode<OwnedState>(*write->value);
      for (const OutboxEntry& entry : value.outbox) {
        surroundings_.network.call(*process_, Enqueue{entry.id, entry.payload}, [](const auto&) {});
      }
    }
    if (surroundings_.variant == Variant::kNoOutbox && unit.tenure->owner()) {
      auto value = *decode<OwnedState>(*write->value);
      value.outbox.clear();
      write->value = encode(value);
    }
  }
  if (auto* enqueue = std::get_if<EnqueueEntry>(&call);
      enqueue != nullptr && surroundings_.variant == Variant::kRandomIds) {
    enqueue->entry.id += fmt::format("-{:x}", surroundings_.dice.number());
  }
}

void Node::break_answer(Unit& unit, Answer& answer) const {
  auto* read = std::get_if<Result<std::optional<bus::Entry>>>(&answer);
  if (surroundings_.variant != Variant::kOutboxIgnored || read == nullptr || unit.tenure->owner()) return;
  if (!*read || !**read) return;
  auto value = *decode<OwnedState>((**read)->value);
  value.outbox.clear();
  (**read)->value = encode(value);
}

void Node::trace(const std::string& what) const {
  if (surroundings_.trace) surroundings_.trace(fmt::format("{}/{:x} {}", name_, boot_, what));
}

}  // namespace stream::simulation
