#include "alarm_sender.hpp"

#include <algorithm>

#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::logic {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstDelay{50};
constexpr milliseconds kLongestDelay{2000};

}  // namespace

AlarmSender::AlarmSender(bus::Bus& bus, const Counters& counters)
    : bus_(bus), counters_(counters), publisher_(bus.make_publisher()) {}

bool AlarmSender::send(const Alarm& alarm) {
  const auto payload = encode(alarm);
  bool in_doubt = false;  // an attempt without an answer may have stored it
  for (auto delay = kFirstDelay;; delay = std::min(2 * delay, kLongestDelay)) {
    switch (bus_.enqueue(topics::kAlarmQueue, alarm.id, payload)) {
      case bus::EnqueueResult::kStored:
        counters_.alarms_stored.add();
        copy_to_topic(alarm, payload);
        return true;
      case bus::EnqueueResult::kDuplicate:
        (in_doubt ? counters_.alarms_stored : counters_.alarms_duplicate).add();
        if (in_doubt) copy_to_topic(alarm, payload);
        return true;
      case bus::EnqueueResult::kFull:
        counters_.enqueue_full.add();
        break;
      case bus::EnqueueResult::kUnknown:
        counters_.enqueue_unknown.add();
        in_doubt = true;
        break;
    }
    if (!wait_before_repeat(delay)) return false;
  }
}

void AlarmSender::give_up_at(steady_clock::time_point time) {
  {
    const std::lock_guard lock(mutex_);
    give_up_at_ = time;
  }
  changed_.notify_all();
}

bool AlarmSender::wait_before_repeat(milliseconds delay) {
  const auto next = steady_clock::now() + delay;
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, next, [&] { return give_up_at_ <= next; });
  return next < give_up_at_;
}

void AlarmSender::copy_to_topic(const Alarm& alarm, const std::string& payload) {
  const auto topic = topics::alarm(alarm.task_id, alarm.algorithm);
  if (!publisher_->has_subscriber(topic)) return;
  // A copy for people who look on: when it gets lost their gap shows it.
  std::ignore = publisher_->publish(topic, payload);
}

}  // namespace stream::logic
