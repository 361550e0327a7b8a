// Who may POST to which URL now: a few at once per URL and a short line behind each, no line and one attempt
// at a time at a URL that has not proved itself, none at one that rests. So no receiver takes the place of
// another, however many of them are dead. Pure bookkeeping: no I/O, the clock is passed in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "breaker.hpp"

namespace stream::reporter {

struct UrlLinesOptions {
  std::size_t in_flight = 4;  // attempts at one URL at once
  std::size_t held = 32;      // alarms at one URL, in flight or waiting
  std::size_t trials = 128;   // attempts at once at URLs that are not trusted, all together
  // A URL with an attempt that has taken longer than this, and than three times what is usual there, gets no
  // further alarms until that attempt is over.
  std::chrono::milliseconds slow{1000};
  BreakerOptions breaker;
};

// How an attempt came out, for the URL: an answer of any kind, or a failure that may pass.
struct AttemptEnd {
  bool failed = false;
  std::chrono::milliseconds took{0};
  std::chrono::milliseconds retry_after{0};  // as the receiver asked; 0: it did not
};

// Confined to one thread at a time.
class UrlLines {
 public:
  using Job = std::uint64_t;
  using Time = Breaker::Time;
  enum class Place {
    kGo,    // start now; leave() must follow
    kWait,  // leave() or clear_stalled() of another call will name it
    kShut,  // not taken
  };
  struct Left {
    std::vector<Job> start;  // their turn has come
    std::vector<Job> leave;  // they waited in vain: the URL does not work
  };

  explicit UrlLines(const UrlLinesOptions& options) : options_(options) {}

  // `last_resort`: every URL the job could go to is open.
  Place enter(const std::string& url, Job job, bool last_resort, Time now);
  Left leave(const std::string& url, Job job, const AttemptEnd& end, Time now);
  // The attempt came to nothing for reasons of our own.
  Left withdraw(const std::string& url, Job job, Time now);
  // Those that wait at URLs that have become slow; they are no longer in a line.
  std::vector<Job> clear_stalled(Time now);
  // Sends all that wait away.
  std::vector<Job> clear_waiting();

  bool open(const std::string& url) const;
  bool trusted(const std::string& url) const;
  // `jobs` more would find a place here.
  bool has_room_for(const std::string& url, std::size_t jobs, Time now) const;
  // A single one would find a place here now.
  bool takes_one(const std::string& url, bool last_resort, Time now) const;
  // When the URL may be asked again; in the past: now.
  Time next_try(const std::string& url, bool last_resort) const;

 private:
  struct Line {
    explicit Line(const BreakerOptions& options) : breaker(options) {}
    Breaker breaker;
    std::map<Job, Time> in_flight;  // and when they began
    std::deque<Job> waiting;
    std::chrono::milliseconds usual{0};  // duration of an attempt that was answered, smoothed
  };

  const Line* find(const std::string& url) const;
  Line& line_of(const std::string& url);
  bool stalled(const Line& line, Time now) const;
  Left end(Line& line, Job job, Time now);

  const UrlLinesOptions options_;
  std::map<std::string, Line> lines_;
  std::set<Job> trials_;  // in flight at URLs that were not trusted when they began
};

}  // namespace stream::reporter
