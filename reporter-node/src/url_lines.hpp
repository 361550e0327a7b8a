// Who may POST to which URL now: at most so many at once per URL, and a short line behind each, so that one
// slow receiver takes neither all threads nor all memory. Pure bookkeeping: no I/O, the clock is passed in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stream::reporter {

struct UrlLinesOptions {
  std::size_t in_flight = 4;                    // attempts at one URL at once
  std::size_t held = 16;                        // alarms at one URL, in flight or waiting
  std::chrono::milliseconds furthest{120'000};  // of an appointment
};

// Remembers a URL only while an alarm is at it. Confined to one thread at a time.
class UrlLines {
 public:
  using Job = std::uint64_t;
  using Time = std::chrono::steady_clock::time_point;
  enum class Place {
    kGo,    // start now; leave() must follow
    kWait,  // leave() of another will name it
    kFull,  // not taken
  };

  explicit UrlLines(UrlLinesOptions options) : options_(options) {}

  Place enter(const std::string& url, Job job);
  // An attempt at `url` is over and took so long. The job that starts there now, if one was waiting.
  std::optional<Job> leave(const std::string& url, std::chrono::milliseconds took);
  // When an alarm that found `url` full should come again: after those that were told so before it, at the
  // pace the URL has shown. Soon when the line is gone by now.
  std::chrono::milliseconds appointment(const std::string& url, Time now);
  // Sends all that wait away.
  std::vector<Job> clear_waiting();

 private:
  struct Line {
    std::size_t in_flight = 0;
    std::deque<Job> waiting;
    std::chrono::milliseconds usual{100};  // duration of an attempt, smoothed
    bool measured = false;                 // `usual` is no longer the assumption above
    Time booked{};                         // of the last appointment
  };

  const UrlLinesOptions options_;
  std::map<std::string, Line> lines_;
};

}  // namespace stream::reporter
