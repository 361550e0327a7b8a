#include "holding.hpp"

#include "stream/common/random.hpp"

namespace stream::reporter {

using std::chrono::milliseconds;

Holding::Holding(const HoldingOptions& options)
    : options_(options), lines_(options.lines), random_(static_cast<std::uint32_t>(random_u64())) {}

std::size_t Holding::room(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto has_room = [this] {
    return closed_ || (held_.size() < options_.alarms && held_bytes_ < options_.bytes);
  };
  if (!changed_.wait(lock, stop, has_room) || closed_) return 0;
  return options_.alarms - held_.size();
}

std::optional<Ending> Holding::admit(const JobPtr& job) {
  const std::lock_guard lock(mutex_);
  job->number = ++last_number_;
  held_.emplace(job->number, job);
  held_bytes_ += job->bytes;
  if (closed_) return Ending{Again{milliseconds(0)}, "stopping"};
  const auto first = turns_.next(job->alarm.task_id, job->urls.size());
  job->policy.emplace(job->urls.size(), first, job->delivery.attempt, options_.backoff);
  return place(job);
}

std::optional<Ending> Holding::place(const JobPtr& job) {
  while (true) {
    const auto index = job->policy->url();
    Verdict verdict{Outcome::kRetry, "busy", "too many alarms at this URL already"};
    bool busy = true;
    if (const auto& url = job->urls[index]; !url) {
      verdict = {Outcome::kRefused, "bad_url", url.error().message};
      busy = false;
    } else {
      const auto place = lines_.enter(job->alarm.report_urls[index], job->number);
      if (place == UrlLines::Place::kGo) {
        ready_.push_back(job);
        changed_.notify_all();
      }
      if (place != UrlLines::Place::kFull) return std::nullopt;
    }
    // The first of them is the one it was meant for, so that is where it will come back to.
    if (busy && !job->busy_at) job->busy_at = index;
    const auto step = job->policy->after(verdict, random());
    if (std::holds_alternative<NextUrl>(step)) continue;
    return ending(*job, step, verdict.reason);
  }
}

// A round in which some URL was not even asked is repeated when there is room, without the growing delay.
Ending Holding::ending(const Job& job, const Step& step, const std::string& reason) {
  if (!std::holds_alternative<Again>(step) || !job.busy_at) return {step, reason};
  const auto& url = job.alarm.report_urls[*job.busy_at];
  return {Again{lines_.appointment(url, std::chrono::steady_clock::now())}, "busy"};
}

Holding::JobPtr Holding::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !ready_.empty(); });
  if (closed_) return nullptr;
  auto job = std::move(ready_.front());
  ready_.pop_front();
  ++in_flight_;
  return job;
}

std::optional<Ending> Holding::after(const JobPtr& job, const Verdict& verdict, milliseconds took) {
  const std::lock_guard lock(mutex_);
  --in_flight_;
  const auto following = lines_.leave(job->alarm.report_urls[job->policy->url()], took);
  if (following) ready_.push_back(held_.at(*following));
  changed_.notify_all();

  const auto step = job->policy->after(verdict, random());
  const bool not_yet = std::holds_alternative<NextUrl>(step) || std::holds_alternative<Again>(step);
  if (closed_ && not_yet) return Ending{Again{milliseconds(0)}, "stopping"};
  if (!std::holds_alternative<NextUrl>(step)) return ending(*job, step, verdict.reason);
  return place(job);
}

void Holding::forget(const Job& job) {
  const std::lock_guard lock(mutex_);
  held_bytes_ -= job.bytes;
  held_.erase(job.number);
  changed_.notify_all();
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

std::vector<Holding::JobPtr> Holding::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  std::vector<JobPtr> waiting(ready_.begin(), ready_.end());
  ready_.clear();
  for (const auto number : lines_.clear_waiting()) waiting.push_back(held_.at(number));
  changed_.notify_all();
  return waiting;
}

bool Holding::wait_idle(milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return in_flight_ == 0; });
}

double Holding::random() {
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

}  // namespace stream::reporter
