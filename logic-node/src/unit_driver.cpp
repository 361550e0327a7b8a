#include "unit_driver.hpp"

#include <optional>
#include <utility>
#include <variant>

#include "stream/common/fail_point.hpp"
#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::logic {
namespace {

using Clock = std::chrono::steady_clock;
using ownership::Answer;

void before(ownership::WriteState::Purpose purpose) {
  switch (purpose) {
    case ownership::WriteState::Purpose::kTakeOver:
      return fail_point("logic.before_takeover");
    case ownership::WriteState::Purpose::kCommit:
      return fail_point("logic.before_commit");
    case ownership::WriteState::Purpose::kSave:
      return fail_point("logic.before_save");
    case ownership::WriteState::Purpose::kLeave:
      return fail_point("logic.before_release");
  }
}

void after(ownership::WriteState::Purpose purpose) {
  switch (purpose) {
    case ownership::WriteState::Purpose::kTakeOver:
      return fail_point("logic.after_takeover");
    case ownership::WriteState::Purpose::kCommit:
      return fail_point("logic.after_commit");
    case ownership::WriteState::Purpose::kSave:
      return fail_point("logic.after_save");
    case ownership::WriteState::Purpose::kLeave:
      return fail_point("logic.after_release");
  }
}

// One call of the bus for the state with this key.
struct Caller {
  bus::Bus& bus;
  const std::string& key;

  Answer operator()(const ownership::ReadState& /*call*/) const { return bus.get(key); }
  Answer operator()(const ownership::WriteState& call) const {
    before(call.purpose);
    const auto result = bus.cas(key, call.expected, call.value);
    after(call.purpose);
    return result;
  }
  Answer operator()(const EnqueueAlarm& alarm) const {
    fail_point("logic.before_enqueue");
    const auto result = bus.enqueue(topics::kAlarmQueue, alarm.id, *alarm.payload);
    fail_point("logic.after_enqueue");
    return result;
  }
};

}  // namespace

UnitDriver::UnitDriver(bus::Bus& bus, Pictures& pictures, Replay& replay, const Counters& counters,
                       const UnitDriverOptions& options)
    : bus_(bus),
      replay_(replay),
      options_(options),
      publisher_(bus.make_publisher()),
      pictures_(pictures, fetch_pool_, counters, options.pictures),
      bus_pool_(options.bus_threads),
      fetch_pool_(options.fetch_threads) {}

UnitDriver::~UnitDriver() {
  stop();
}

void UnitDriver::stop() {
  // Jobs of the one post to the other.
  fetch_pool_.stop();
  bus_pool_.stop();
}

void UnitDriver::on_frame(const UnitPtr& unit, FrameMeta frame) {
  {
    const std::lock_guard lock(unit->mutex);
    unit->run.on_frame(std::move(frame), Clock::now());
  }
  pump(unit);
}

void UnitDriver::pump(const UnitPtr& unit) {
  TaskWork work;
  {
    const std::lock_guard lock(unit->mutex);
    work = unit->run.next(Clock::now());
  }
  if (work.call) {
    bus_pool_.post([this, unit, call = *std::move(work.call)] { make(unit, call); });
  }
  if (work.fetch) {
    make(unit, *std::move(work.fetch));
  }
  if (work.confirm) {
    bus_pool_.post([this, unit, confirm = *std::move(work.confirm)] { make(unit, confirm); });
  }
  for (auto& [tag, draft] : work.fills) {
    pictures_.fill(std::move(draft),
                   [this, unit, tag = tag](const Alarm& alarm) { take_filled(unit, tag, alarm); });
  }
}

void UnitDriver::make(const UnitPtr& unit, const TaskWork::Call& call) {
  const auto answer = std::visit(Caller{bus_, unit->key}, call);
  bool is_new_alarm = false;
  {
    const std::lock_guard lock(unit->mutex);
    is_new_alarm = unit->run.answered(answer, Clock::now());
  }
  pump(unit);
  if (!is_new_alarm) return;
  const auto& alarm = std::get<EnqueueAlarm>(call);
  log::debug("alarm_enqueued", {{"id", alarm.id}});
  if (!publisher_->has_subscriber(alarm.topic)) return;
  // A copy for people who look on: when it gets lost their gap shows it.
  std::ignore = publisher_->publish(alarm.topic, *alarm.payload);
}

void UnitDriver::make(const UnitPtr& unit, TaskWork::Fetch fetch) {
  const auto result = std::make_shared<Fetched>();
  const auto address = fetch.after.address;
  const auto tag = fetch.tag;
  const auto ask = [this, result, fetch = std::move(fetch)] {
    fail_point("logic.before_replay");
    const auto deadline = Clock::now() + options_.fetch_deadline;
    *result = replay_.after(fetch.after, fetch.task_id, fetch.algorithm, deadline);
    fail_point("logic.after_replay");
    return result->outcome != Fetched::Outcome::kUnreachable || Clock::now() < deadline;
  };
  const auto then = [this, unit, tag, result] {
    {
      const std::lock_guard lock(unit->mutex);
      unit->run.fetched(tag, std::move(*result), Clock::now());
    }
    pump(unit);
  };
  fetch_pool_.post(address, {ask, then});
}

void UnitDriver::make(const UnitPtr& unit, const TaskWork::Confirm& confirm) {
  const auto entry = bus_.get(topics::task_key(confirm.task_id));
  std::optional<std::uint64_t> source;
  if (entry && *entry) {
    const auto record = decode<TaskRecord>((*entry)->value);
    if (record && confirm.algorithm < record->algorithms.size()) {
      source = source_of(record->algorithms[confirm.algorithm]);
    }
  }
  {
    const std::lock_guard lock(unit->mutex);
    unit->run.confirmed(source, Clock::now());
  }
  pump(unit);
}

void UnitDriver::take_filled(const UnitPtr& unit, std::uint64_t tag, const Alarm& alarm) {
  EnqueueAlarm complete{alarm.id, topics::alarm(alarm.task_id, alarm.algorithm),
                        std::make_shared<const std::string>(encode(alarm))};
  {
    const std::lock_guard lock(unit->mutex);
    unit->run.filled(tag, std::move(complete));
  }
  pump(unit);
}

}  // namespace stream::logic
