// Whose turn it is to ask an ingest-node: a line for each address, so that one that keeps quiet holds up
// nobody but those that want something from it.
//
// At most `most_under_way` requests are under way at one address; the others wait in its line, for as long as
// it answers. An address is silent when requests have been out for `silent_after` in a row and nothing was
// heard. Then its whole line gives up, and whoever comes gives up at once, until `left_alone` after the last
// request ended; after that it is asked as before. So it costs its own askers `silent_after` now and then,
// and never each of them.
//
// Pure: no clock, no thread, no I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace stream::logic {

struct FetchLineOptions {
  std::size_t most_under_way = 4;
  std::chrono::milliseconds silent_after{4000};  // longer than a task goes on asking for frames it misses
  std::chrono::milliseconds left_alone{2000};
};

// Something to ask for. Both parts run once, one after the other, on the same thread.
struct FetchJob {
  // False: its time was over before anything was heard, be it a refusal. Left out when it gives up.
  std::function<bool()> ask;
  // Goes on with what ask() got, if it ran.
  std::function<void()> then;
};

// Confined to one thread at a time. It bounds no line: whoever adds has its own bound.
class FetchLines {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Turn {
    std::string address;
    FetchJob job;
    bool asks = false;  // ended() must follow; else it gives up
  };

  explicit FetchLines(const FetchLineOptions& options = {}) : options_(options) {}

  void add(const std::string& address, FetchJob job);
  // The next one, the oldest of its line; the addresses take turns. Empty: all that wait must go on waiting,
  // until ended().
  std::optional<Turn> next(Time now);
  void ended(const std::string& address, bool heard, Time now);

 private:
  struct Line {
    std::deque<FetchJob> waiting;
    std::size_t under_way = 0;
    std::optional<Time> quiet_since;  // when it was first asked of all that it has not answered
    Time last_end{};                  // of a request that was not answered
  };
  using Lines = std::map<std::string, Line>;

  bool is_silent(const Line& line, Time now) const;
  // Forgets a silence that is over.
  void refresh(Line& line, Time now) const;
  std::optional<Turn> next_of(Lines::iterator line, Time now);

  const FetchLineOptions options_;
  Lines lines_;       // by address
  std::string last_;  // whose turn it was
};

}  // namespace stream::logic
