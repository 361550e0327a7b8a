#include "url_lines.hpp"

#include <algorithm>

#include "stream/common/assert.hpp"

namespace stream::reporter {

using std::chrono::milliseconds;

namespace {
// Over it URLs without alarms are forgotten: they have to prove themselves again, and nothing else.
constexpr std::size_t kMostUrls = 10'000;
}  // namespace

UrlLines::Place UrlLines::enter(const std::string& url, Job job, bool last_resort, Time now) {
  if (!takes_one(url, last_resort, now)) return Place::kShut;
  Line& line = line_of(url);
  if (line.in_flight.size() >= options_.in_flight) {
    line.waiting.push_back(job);
    return Place::kWait;
  }
  line.in_flight.emplace(job, now);
  if (!line.breaker.trusted()) trials_.insert(job);
  return Place::kGo;
}

UrlLines::Left UrlLines::leave(const std::string& url, Job job, const AttemptEnd& result, Time now) {
  Line& line = line_of(url);
  if (result.failed) {
    line.breaker.failed(now);
    if (result.retry_after > milliseconds(0)) line.breaker.asked_to_wait(now + result.retry_after);
  } else {
    line.usual = line.usual == milliseconds(0) ? result.took : (3 * line.usual + result.took) / 4;
    line.breaker.answered();
  }
  return end(line, job, now);
}

UrlLines::Left UrlLines::withdraw(const std::string& url, Job job, Time now) {
  return end(line_of(url), job, now);
}

UrlLines::Left UrlLines::end(Line& line, Job job, Time now) {
  STREAM_ASSERT(line.in_flight.erase(job) == 1, "job {} is not in flight there", job);
  trials_.erase(job);
  Left left;
  if (!line.breaker.trusted() || line.breaker.next_try(false) > now) {
    left.leave.assign(line.waiting.begin(), line.waiting.end());
    line.waiting.clear();
  }
  while (!line.waiting.empty() && line.in_flight.size() < options_.in_flight) {
    left.start.push_back(line.waiting.front());
    line.in_flight.emplace(line.waiting.front(), now);
    line.waiting.pop_front();
  }
  return left;
}

std::vector<UrlLines::Job> UrlLines::clear_stalled(Time now) {
  std::vector<Job> jobs;
  for (auto& [url, line] : lines_) {
    if (line.waiting.empty() || !stalled(line, now)) continue;
    jobs.insert(jobs.end(), line.waiting.begin(), line.waiting.end());
    line.waiting.clear();
  }
  return jobs;
}

std::vector<UrlLines::Job> UrlLines::clear_waiting() {
  std::vector<Job> jobs;
  for (auto& [url, line] : lines_) {
    jobs.insert(jobs.end(), line.waiting.begin(), line.waiting.end());
    line.waiting.clear();
  }
  return jobs;
}

bool UrlLines::open(const std::string& url) const {
  const Line* line = find(url);
  return line != nullptr && line->breaker.open();
}

bool UrlLines::trusted(const std::string& url) const {
  const Line* line = find(url);
  return line != nullptr && line->breaker.trusted();
}

bool UrlLines::has_room_for(const std::string& url, std::size_t jobs, Time now) const {
  const Line* line = find(url);
  if (line == nullptr || !line->breaker.trusted()) return false;
  if (line->breaker.next_try(false) > now || stalled(*line, now)) return false;
  return line->in_flight.size() + line->waiting.size() + jobs <= options_.held;
}

bool UrlLines::takes_one(const std::string& url, bool last_resort, Time now) const {
  const Line* line = find(url);
  if (line == nullptr) return trials_.size() < options_.trials;
  if (line->breaker.trusted()) return has_room_for(url, 1, now);
  return line->in_flight.empty() && trials_.size() < options_.trials &&
         line->breaker.next_try(last_resort) <= now;
}

UrlLines::Time UrlLines::next_try(const std::string& url, bool last_resort) const {
  const Line* line = find(url);
  return line == nullptr ? Time{} : line->breaker.next_try(last_resort);
}

const UrlLines::Line* UrlLines::find(const std::string& url) const {
  const auto found = lines_.find(url);
  return found == lines_.end() ? nullptr : &found->second;
}

UrlLines::Line& UrlLines::line_of(const std::string& url) {
  const auto found = lines_.find(url);
  if (found != lines_.end()) return found->second;
  if (lines_.size() >= kMostUrls) {
    std::erase_if(lines_, [](const auto& entry) {
      return entry.second.in_flight.empty() && entry.second.waiting.empty();
    });
  }
  return lines_.emplace(url, Line(options_.breaker)).first->second;
}

bool UrlLines::stalled(const Line& line, Time now) const {
  const auto limit = std::max(options_.slow, 3 * line.usual);
  return std::ranges::any_of(line.in_flight, [&](const auto& entry) { return now - entry.second > limit; });
}

}  // namespace stream::reporter
