#include "parked_alarms.hpp"

#include "stream/schemas/topics.hpp"

namespace stream::client {
namespace {

constexpr std::uint32_t kAtOnce = 1000;

}  // namespace

std::size_t throw_away_parked(bus::Bus& bus) {
  const auto parked = bus.list_queue(topics::kAlarmQueue, bus::QueueState::kParked, kAtOnce);
  if (!parked) return 0;
  std::size_t removed = 0;
  for (const bus::QueueItem& alarm : *parked) removed += bus.purge(topics::kAlarmQueue, alarm.id) ? 1 : 0;
  return removed;
}

}  // namespace stream::client
