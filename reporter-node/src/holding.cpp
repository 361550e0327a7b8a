#include "holding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stream/common/hash.hpp"
#include "stream/common/random.hpp"

namespace stream::reporter {

using std::chrono::milliseconds;

namespace {

constexpr std::size_t kMostPulled = 16;
// Alarms of further URL sets are not kept out of pulls; they come again after a while instead.
constexpr std::size_t kMostGroups = 5000;
constexpr milliseconds kWithoutGroup{5000};

// Names a set of URLs without showing them (they may hold passwords). Two sets of one name would only be
// pulled together. Every reporter-node of every version must come to the same name.
std::string group_name(const std::vector<std::string>& urls) {
  auto hash = kFnvStart;
  for (const std::string& url : urls) hash = fnv1a(url + '\n', hash);
  return fmt::format("urls-{:016x}", hash);
}

}  // namespace

Holding::Holding(const HoldingOptions& options)
    : options_(options),
      batch_(std::clamp<std::size_t>(options.lines.held / 2, 1, kMostPulled)),
      lines_(options.lines),
      random_(static_cast<std::uint32_t>(random_u64())) {}

std::size_t Holding::room(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto has_room = [this] {
    return closed_ || (held_.size() < options_.alarms && held_bytes_ < options_.bytes);
  };
  if (!changed_.wait(lock, stop, has_room) || closed_) return 0;
  return options_.alarms - held_.size();
}

Pulls Holding::pulls(Time now) {
  const std::lock_guard lock(mutex_);
  for (const auto number : lines_.clear_stalled(now)) place_or_end(held_.at(number), now);
  Pulls pulls;
  std::erase_if(shut_, [&](const auto& entry) {
    const auto& urls = entry.second;
    const auto any = [&](const auto& what) { return std::ranges::any_of(urls, what); };
    if (any([&](const auto& url) { return lines_.has_room_for(url, batch_, now); })) return true;
    pulls.shut.push_back(entry.first);
    const bool filling = any([&](const auto& url) { return lines_.trusted(url); });
    const bool last_resort = all_open(urls);
    pulls.soon = pulls.soon || filling;
    if (any([&](const auto& url) {
          return !lines_.trusted(url) && lines_.takes_one(url, last_resort, now);
        })) {
      pulls.due.push_back(entry.first);
    }
    return false;
  });
  return pulls;
}

void Holding::group_is_empty(const std::string& group) {
  const std::lock_guard lock(mutex_);
  shut_.erase(group);
}

void Holding::admit(const JobPtr& job, Time now, std::optional<Ending> ending) {
  const std::lock_guard lock(mutex_);
  job->number = ++last_number_;
  held_.emplace(job->number, job);
  held_ids_.insert(job->delivery.id);
  held_bytes_ += job->bytes;
  if (ending) {
    work_.push_back({job, std::move(ending)});
    changed_.notify_all();
    return;
  }
  const auto count = job->urls.size();
  const auto first = job->policy == Policy::kRoundRobin ? turns_.of(job->alarm.task_id, count) : 0;
  const auto& delivered = job->claim.record.delivered;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (first + i) % count;
    if (std::ranges::find(delivered, index) == delivered.end()) job->pending.push_back(index);
  }
  job->round.emplace(job->policy, job->pending);
  place_or_end(job, now);
}

void Holding::place_or_end(const JobPtr& job, Time now) {
  if (auto ending = place(job, now)) {
    work_.push_back({job, std::move(ending)});
    changed_.notify_all();
  }
}

// Needs a place for the rest of its round; an ending when there is none.
std::optional<Ending> Holding::place(const JobPtr& job, Time now) {
  if (closed_) return Ending{};
  Round& round = *job->round;
  if (round.end() == Round::End::kDelivered) return Ending{Ending::Kind::kDelivered, {}, {}, "ok"};
  const bool usable =
      std::ranges::any_of(job->pending, [&](std::size_t index) { return job->urls[index].has_value(); });
  const auto left = round.left();
  for (const std::size_t index : left) {
    if (job->urls[index]) continue;
    round.after(index, {Outcome::kRefused, "bad_url", job->urls[index].error().message, {}});
  }
  if (!usable) return Ending{Ending::Kind::kUnusable, {}, {}, "bad_url"};
  const bool last_resort = all_open(urls_of(*job, job->pending));
  for (const std::size_t index : round.left()) {
    const auto place = lines_.enter(job->alarm.report_urls[index], job->number, last_resort, now);
    if (place == UrlLines::Place::kShut) continue;
    if (!job->placed) turns_.advance(job->alarm.task_id);
    job->placed = true;
    job->at = index;
    if (place == UrlLines::Place::kGo) work_.push_back({job, std::nullopt});
    changed_.notify_all();
    return std::nullopt;
  }
  if (round.left().size() < job->pending.size()) return over(*job, "busy", now);
  const auto group = shut(urls_of(*job, job->pending));
  return Ending{Ending::Kind::kDeferred, shut_.contains(group) ? milliseconds(0) : kWithoutGroup, group,
                "busy"};
}

// The round has ended, or was cut short because no URL that is left has room.
Ending Holding::over(const Job& job, const std::string& reason, Time now) {
  const auto end = job.round->end();
  if (end == Round::End::kDelivered) return {Ending::Kind::kDelivered, {}, {}, reason};
  if (end == Round::End::kRefused) return {Ending::Kind::kRefused, {}, {}, reason};
  // Cut short by a URL that is merely busy: that passes soon.
  const bool busy = std::ranges::any_of(urls_of(job, job.round->left()),
                                        [&](const auto& url) { return !lines_.open(url); });
  auto still = job.pending;
  for (const std::size_t index : job.round->delivered()) std::erase(still, index);
  const auto urls = urls_of(job, still);
  const bool last_resort = all_open(urls);
  auto next = Time::max();
  for (const auto& url : urls) next = std::min(next, lines_.next_try(url, last_resort));
  auto in = next <= now ? milliseconds(0) : std::chrono::ceil<milliseconds>(next - now);
  // A receiver that is down sets the pace itself; one that is up and fails this alarm is spared.
  const auto rounds = busy ? 1 : job.claim.record.failed_rounds + 1;
  if (!last_resort) in = std::max(in, backoff(options_.backoff, rounds, random()));
  return {Ending::Kind::kFailed, in, shut(urls), reason};
}

Holding::Work Holding::next() {
  std::unique_lock lock(mutex_);
  ++idle_;
  changed_.wait(lock, [this] { return closed_ || !work_.empty(); });
  --idle_;
  if (closed_) return {};
  auto work = std::move(work_.front());
  work_.pop_front();
  if (!work.ending) ++in_flight_;
  return work;
}

std::optional<Ending> Holding::after(const JobPtr& job, const Verdict& verdict, milliseconds took, Time now) {
  const std::lock_guard lock(mutex_);
  --in_flight_;
  const AttemptEnd result{verdict.outcome == Outcome::kRetry, took, verdict.retry_after};
  take_up(lines_.leave(job->alarm.report_urls[job->at], job->number, result, now), now);
  job->round->after(job->at, verdict);
  changed_.notify_all();
  if (job->round->end() != Round::End::kOpen) return over(*job, verdict.reason, now);
  return place(job, now);
}

Ending Holding::give_up(const JobPtr& job, Ending::Kind kind, Time now) {
  const std::lock_guard lock(mutex_);
  --in_flight_;
  take_up(lines_.withdraw(job->alarm.report_urls[job->at], job->number, now), now);
  changed_.notify_all();
  return {kind, {}, {}, {}};
}

void Holding::take_up(const UrlLines::Left& left, Time now) {
  if (closed_) return;
  for (const auto number : left.start) work_.push_back({held_.at(number), std::nullopt});
  for (const auto number : left.leave) place_or_end(held_.at(number), now);
}

void Holding::forget(const Job& job) {
  const std::lock_guard lock(mutex_);
  held_bytes_ -= job.bytes;
  held_ids_.erase(held_ids_.find(job.delivery.id));
  held_.erase(job.number);
  changed_.notify_all();
}

bool Holding::holds(const std::string& alarm_id) const {
  const std::lock_guard lock(mutex_);
  return held_ids_.contains(alarm_id);
}

std::size_t Holding::missing_hands() const {
  const std::lock_guard lock(mutex_);
  return work_.size() - std::min(work_.size(), idle_);
}

std::vector<Holding::JobPtr> Holding::jobs() const {
  const std::lock_guard lock(mutex_);
  std::vector<JobPtr> jobs;
  for (const auto& [number, job] : held_) jobs.push_back(job);
  return jobs;
}

std::size_t Holding::in_flight() const {
  const std::lock_guard lock(mutex_);
  return in_flight_;
}

std::size_t Holding::size() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

std::vector<Holding::Work> Holding::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  std::vector<Work> waiting;
  for (auto& work : work_) waiting.push_back({work.job, work.ending ? std::move(work.ending) : Ending{}});
  work_.clear();
  for (const auto number : lines_.clear_waiting()) waiting.push_back({held_.at(number), Ending{}});
  changed_.notify_all();
  return waiting;
}

bool Holding::wait_idle(milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return in_flight_ == 0; });
}

bool Holding::all_open(const std::vector<std::string>& urls) const {
  return std::ranges::all_of(urls, [&](const auto& url) { return lines_.open(url); });
}

// Those that can be asked at all, in the order of the alarm's list.
std::vector<std::string> Holding::urls_of(const Job& job, const std::vector<std::size_t>& indexes) const {
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < job.urls.size(); ++i) {
    const bool wanted = std::ranges::find(indexes, i) != indexes.end();
    if (wanted && job.urls[i]) urls.push_back(job.alarm.report_urls[i]);
  }
  return urls;
}

// The group for alarms of these URLs, not pulled until one of them has room.
std::string Holding::shut(const std::vector<std::string>& urls) {
  auto group = group_name(urls);
  if (shut_.size() < kMostGroups) shut_.emplace(group, urls);
  return group;
}

double Holding::random() {
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

}  // namespace stream::reporter
