// What an alarm says, without its pictures: all that is known when it is decided. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "counters.hpp"
#include "stream/decision/object_alarm.hpp"
#include "stream/schemas/messages.hpp"
#include "task.hpp"

namespace stream::logic {

// What was decided: these objects of this frame alarm.
struct Decision {
  std::string id;
  std::int64_t decided_us = 0;                 // UNIX time
  std::vector<decision::ObjectAlarm> objects;  // not empty
};

// The id of an alarm for ever: the same for the same `episode` of the same `life`, never the same for two.
// `key` is the first object's, for people.
std::string alarm_id(const Task& task, std::string_view key, const LogicState& state);

// Self-contained: any node can make the alarm of it, also when the task is gone. Objects over `max_events`
// are left out, counted. The box of an object that nobody knows the place of is the whole picture, counted.
AlarmDraft draft_alarm(const Task& task, const FrameMeta& frame, const Decision& decided,
                       std::size_t max_events, const Counters& counters);

}  // namespace stream::logic
