#include "storage.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace stream::broker {
namespace {

namespace control = bus::control;
using control::AwaitChanges;
using control::Deliveries;
using control::Pull;

constexpr std::size_t kBatchOperations = 256;
constexpr std::uint64_t kBatchBytes = 16ULL * 1024 * 1024;
constexpr std::size_t kInboxOperations = 16'384;
constexpr std::uint64_t kInboxBytes = 256ULL * 1024 * 1024;
constexpr std::size_t kMostParked = 16'384;
constexpr std::chrono::seconds kHouseKeepingEvery{1};

std::uint64_t bytes_of(const control::Operation& operation) {
  if (const auto* enqueue = std::get_if<control::Enqueue>(&operation)) return enqueue->payload.data.size();
  if (const auto* cas = std::get_if<control::Cas>(&operation))
    return cas->value ? cas->value->data.size() : 0;
  return 0;
}

}  // namespace

Storage::Storage(std::unique_ptr<State> state, Outbox& outbox, Metrics& metrics)
    : outbox_(outbox),
      refused_(metrics.counter("stream_broker_dropped_total", "requests and answers that were dropped",
                               {{"reason", "overloaded"}})),
      state_(std::move(state)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Storage::~Storage() = default;

bool Storage::submit(Job job) {
  const std::uint64_t bytes = bytes_of(job.request.operation);
  {
    const std::lock_guard lock(mutex_);
    if (inbox_.size() >= kInboxOperations || inbox_bytes_ + bytes > kInboxBytes) {
      refused_.add();
      return false;
    }
    inbox_.push_back(std::move(job));
    inbox_bytes_ += bytes;
  }
  arrived_.notify_one();
  return true;
}

void Storage::give_back(std::vector<Lease> leases) {
  {
    const std::lock_guard lock(mutex_);
    for (Lease& lease : leases) given_back_.push_back(std::move(lease));
  }
  arrived_.notify_one();
}

void Storage::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    sort(wait_for_jobs(stop));
    // Answers that need no commit do not wait for one.
    outbox_.put(std::exchange(replies_, {}));
    std::vector<Lease> given_back;
    {
      const std::lock_guard lock(mutex_);
      given_back = std::exchange(given_back_, {});
    }
    wake_pulls();
    if (!writes_.empty() || !given_back.empty()) commit(given_back);
    answer_watches();
    outbox_.put(std::exchange(replies_, {}));
    if (Clock::now() >= next_house_keeping_) {
      next_house_keeping_ = Clock::now() + kHouseKeepingEvery;
      state_->keep_house();
    }
  }
}

std::vector<Storage::Job> Storage::wait_for_jobs(const std::stop_token& stop) {
  const auto wake_up = next_wake_up();
  std::unique_lock lock(mutex_);
  arrived_.wait_until(lock, stop, wake_up, [this] { return !inbox_.empty() || !given_back_.empty(); });
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  while (count < std::min(inbox_.size(), kBatchOperations) && bytes < kBatchBytes) {
    bytes += bytes_of(inbox_[count++].request.operation);
  }
  const auto end = inbox_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Job> batch(std::make_move_iterator(inbox_.begin()), std::make_move_iterator(end));
  inbox_.erase(inbox_.begin(), end);
  inbox_bytes_ -= bytes;
  return batch;
}

Storage::Clock::time_point Storage::next_wake_up() {
  auto next = next_house_keeping_;
  for (const Waiting& watch : watches_) next = std::min(next, watch.deadline);
  std::set<std::string_view> asked;
  for (const Waiting& pull : pulls_) {
    next = std::min(next, pull.deadline);
    const std::string& queue = std::get<Pull>(pull.request.operation).queue;
    if (!asked.insert(queue).second) continue;
    if (const auto due = state_->next_due(queue)) next = std::min(next, Clock::now() + *due);
  }
  return next;
}

void Storage::sort(std::vector<Job> jobs) {
  const auto now = Clock::now();
  for (Job& job : jobs) {
    Waiting waiting{std::move(job.client), std::move(job.request), now};
    auto& operation = waiting.request.operation;
    if (const auto* watch = std::get_if<AwaitChanges>(&operation)) {
      waiting.deadline += watch->wait;
      park(watches_, std::move(waiting));
    } else if (const auto* pull = std::get_if<Pull>(&operation)) {
      waiting.deadline += pull->wait;
      park(pulls_, std::move(waiting));
    } else if (State::is_write(operation)) {
      writes_.push_back(std::move(waiting));
    } else {
      answer(waiting, state_->answer(operation));
    }
  }
}

// What can be pulled goes into the batch; what has waited long enough is told that there is nothing.
void Storage::wake_pulls() {
  const auto now = Clock::now();
  std::map<std::string, bool> plain;  // queue: something is ready for a pull without a filter
  const auto has_ready = [&](const Pull& pull) {
    if (pull.only || !pull.groups.empty()) return state_->has_ready(pull);
    const auto [known, inserted] = plain.emplace(pull.queue, false);
    if (inserted) known->second = state_->has_ready(pull);
    return known->second;
  };
  std::erase_if(pulls_, [&](Waiting& waiting) {
    if (has_ready(std::get<Pull>(waiting.request.operation))) {
      writes_.push_back(std::move(waiting));
      return true;
    }
    if (waiting.deadline > now) return false;
    answer(waiting, Deliveries{});
    return true;
  });
}

void Storage::commit(const std::vector<Lease>& given_back) {
  std::vector<const control::Operation*> operations;
  operations.reserve(writes_.size());
  for (const Waiting& write : writes_) operations.push_back(&write.request.operation);
  auto outcomes = state_->write(operations, given_back);
  for (std::size_t i = 0; i < writes_.size(); ++i) {
    Waiting& write = writes_[i];
    const auto* deliveries = std::get_if<Deliveries>(&outcomes[i]);
    const bool came_too_late = deliveries != nullptr && deliveries->deliveries.empty();
    if (came_too_late && write.deadline > Clock::now()) {
      pulls_.push_back(std::move(write));
    } else {
      answer(write, std::move(outcomes[i]));
    }
  }
  writes_.clear();
}

void Storage::answer_watches() {
  const auto now = Clock::now();
  std::erase_if(watches_, [&](Waiting& waiting) {
    auto& watch = std::get<AwaitChanges>(waiting.request.operation);
    if (state_->changed(watch.prefix, watch.after)) {
      answer(waiting, state_->changes(watch.prefix, watch.after));
      return true;
    }
    watch.after = state_->revision();  // nothing up to here concerns it
    if (waiting.deadline > now) return false;
    answer(waiting, control::Changed{watch.after, false, {}});
    return true;
  });
}

void Storage::park(std::vector<Waiting>& parked, Waiting waiting) {
  if (parked.size() < kMostParked) {
    parked.push_back(std::move(waiting));
    return;
  }
  refused_.add();
  answer(waiting, control::Failed{ErrorCode::kUnavailable, "too many requests wait already"});
}

void Storage::answer(const Waiting& waiting, control::Outcome outcome) {
  const auto* pull = std::get_if<Pull>(&waiting.request.operation);
  replies_.push_back({.client = waiting.client,
                      .answer = {waiting.request.id, std::move(outcome)},
                      .queue = pull != nullptr ? pull->queue : std::string()});
}

}  // namespace stream::broker
