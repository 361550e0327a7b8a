#include "url_lines.hpp"

#include <algorithm>

#include "stream/common/assert.hpp"

namespace stream::reporter {

using std::chrono::milliseconds;

UrlLines::Place UrlLines::enter(const std::string& url, Job job) {
  Line& line = lines_[url];
  if (line.in_flight < options_.in_flight) {
    ++line.in_flight;
    return Place::kGo;
  }
  if (line.in_flight + line.waiting.size() >= options_.held) return Place::kFull;
  line.waiting.push_back(job);
  return Place::kWait;
}

std::optional<UrlLines::Job> UrlLines::leave(const std::string& url, milliseconds took) {
  const auto found = lines_.find(url);
  STREAM_ASSERT(found != lines_.end() && found->second.in_flight > 0, "nothing is in flight");
  Line& line = found->second;
  line.usual = line.measured ? (3 * line.usual + took) / 4 : took;
  line.measured = true;
  if (!line.waiting.empty()) {
    const Job next = line.waiting.front();
    line.waiting.pop_front();
    return next;
  }
  if (--line.in_flight == 0) lines_.erase(found);
  return std::nullopt;
}

milliseconds UrlLines::appointment(const std::string& url, Time now) {
  const auto found = lines_.find(url);
  if (found == lines_.end()) return milliseconds(1);
  Line& line = found->second;
  const auto pace = std::max(line.usual / static_cast<int>(options_.in_flight), milliseconds(1));
  const auto line_served = now + pace * static_cast<int>(line.waiting.size());
  line.booked = std::min(std::max(line.booked, line_served) + pace, now + options_.furthest);
  return std::chrono::ceil<milliseconds>(line.booked - now);
}

std::vector<UrlLines::Job> UrlLines::clear_waiting() {
  std::vector<Job> jobs;
  for (auto& [url, line] : lines_) {
    jobs.insert(jobs.end(), line.waiting.begin(), line.waiting.end());
    line.waiting.clear();
  }
  return jobs;
}

}  // namespace stream::reporter
