#include "memory_queue.hpp"
#include "stream/common/clock.hpp"

#include <algorithm>

namespace stream::bus {
namespace {

constexpr std::chrono::hours kDuplicateHorizon{7 * 24};
constexpr std::size_t kMaxMessages = 1'000'000;

bool waits(QueueState state) {
  return state == QueueState::kDelayed || state == QueueState::kLeased;
}

}  // namespace

EnqueueResult MemoryQueue::enqueue(std::string_view id, std::string_view payload, TimePoint now) {
  forget_done(now);
  if (by_id_.contains(id) || done_.contains(id)) return EnqueueResult::kDuplicate;
  const bool fits = payload.size() <= options_.queue_bytes - std::min(bytes_, options_.queue_bytes);
  if (messages_.size() >= kMaxMessages || (!fits && !messages_.empty())) return EnqueueResult::kFull;
  Message message;
  message.item.id = std::string(id);
  message.item.payload_bytes = payload.size();
  message.item.enqueued_unix_ms = unix_ms();
  message.payload = std::string(payload);
  bytes_ += payload.size();
  by_id_.emplace(id, ++last_number_);
  messages_.emplace(last_number_, std::move(message));
  return EnqueueResult::kStored;
}

std::vector<Delivery> MemoryQueue::pull(std::uint32_t most, milliseconds lease, const GroupFilter& filter,
                                        TimePoint now) {
  wake_due(now);
  std::vector<Delivery> deliveries;
  for (auto& [number, message] : messages_) {
    if (deliveries.size() >= most) break;
    if (message.item.state != QueueState::kReady || !filter.admits(message.group)) continue;
    message.item.state = QueueState::kLeased;
    message.due = now + lease;
    message.token = ++last_token_;
    deliveries.push_back({.id = message.item.id,
                          .payload = message.payload,
                          .attempt = ++message.item.attempts,
                          .token = message.token});
  }
  return deliveries;
}

std::optional<MemoryQueue::TimePoint> MemoryQueue::next_due() const {
  std::optional<TimePoint> next;
  for (const auto& [number, message] : messages_) {
    if (waits(message.item.state) && (!next || message.due < *next)) next = message.due;
  }
  return next;
}

Status MemoryQueue::settle(const Delivery& delivery, const Settlement& settlement, TimePoint now) {
  const auto id = by_id_.find(delivery.id);
  if (id == by_id_.end() || delivery.token == 0 || messages_.at(id->second).token != delivery.token) {
    return fail(ErrorCode::kConflict, "message {} is settled or handed out again", delivery.id);
  }
  const auto it = messages_.find(id->second);
  Message& message = it->second;
  if (std::holds_alternative<Ack>(settlement)) {
    finish(it, now);
  } else if (const auto* extend = std::get_if<Extend>(&settlement)) {
    message.item.state = QueueState::kLeased;
    message.due = now + extend->lease;
  } else if (const auto* retry = std::get_if<Retry>(&settlement)) {
    message.item.state = QueueState::kDelayed;
    message.due = now + retry->in;
    message.group = retry->group;
    message.token = 0;
  } else {
    message.item.state = QueueState::kParked;
    message.item.reason = std::get<Park>(settlement).reason;
    message.token = 0;
  }
  return {};
}

std::vector<QueueItem> MemoryQueue::list(std::optional<QueueState> state, std::uint32_t most, TimePoint now) {
  wake_due(now);
  std::vector<QueueItem> items;
  for (const auto& [number, message] : messages_) {
    if (items.size() >= most) break;
    if (!state || message.item.state == *state) items.push_back(message.item);
  }
  return items;
}

Result<std::string> MemoryQueue::read(std::string_view id) const {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return fail(ErrorCode::kNotFound, "no message {} in the queue", id);
  return messages_.at(it->second).payload;
}

Status MemoryQueue::unpark(std::string_view id) {
  const auto it = find_parked(id);
  if (it == messages_.end()) return fail(ErrorCode::kNotFound, "no parked message {}", id);
  it->second.item.state = QueueState::kReady;
  it->second.item.reason.clear();
  return {};
}

Status MemoryQueue::purge(std::string_view id, TimePoint now) {
  const auto it = find_parked(id);
  if (it == messages_.end()) return fail(ErrorCode::kNotFound, "no parked message {}", id);
  finish(it, now);
  return {};
}

QueueStats MemoryQueue::stats(TimePoint now) {
  wake_due(now);
  QueueStats stats;
  for (const auto& [number, message] : messages_) {
    switch (message.item.state) {
      case QueueState::kReady:
        ++stats.ready;
        break;
      case QueueState::kDelayed:
        ++stats.delayed;
        break;
      case QueueState::kLeased:
        ++stats.leased;
        break;
      case QueueState::kParked:
        ++stats.parked;
        break;
    }
  }
  return stats;
}

void MemoryQueue::wake_due(TimePoint now) {
  for (auto& [number, message] : messages_) {
    if (waits(message.item.state) && message.due <= now) message.item.state = QueueState::kReady;
  }
}

void MemoryQueue::forget_done(TimePoint now) {
  while (!done_by_time_.empty() &&
         (now - done_by_time_.begin()->first > kDuplicateHorizon || done_.size() > options_.known_ids)) {
    done_.erase(done_by_time_.begin()->second);
    done_by_time_.erase(done_by_time_.begin());
  }
}

void MemoryQueue::finish(Messages::iterator message, TimePoint now) {
  const std::string id = message->second.item.id;
  done_.emplace(id, now);
  done_by_time_.emplace(now, id);
  by_id_.erase(id);
  bytes_ -= message->second.payload.size();
  messages_.erase(message);
}

MemoryQueue::Messages::iterator MemoryQueue::find_parked(std::string_view id) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return messages_.end();
  const auto message = messages_.find(it->second);
  return message->second.item.state == QueueState::kParked ? message : messages_.end();
}

}  // namespace stream::bus
