#include "runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

namespace stream::simulation {

Results simulate_all(const Runs& runs) {
  Results results;
  std::mutex mutex;  // guards results and done
  std::uint64_t done = 0;
  std::atomic<std::uint64_t> next = 0;
  std::atomic<bool> enough = false;
  const auto work = [&] {
    while (!enough) {
      const std::uint64_t index = next++;
      if (index >= runs.count) return;
      Run run = runs.first;
      run.seed += index;
      Outcome outcome = simulate(run);
      const std::lock_guard lock(mutex);
      results.figures.add(outcome.figures);
      if (!outcome.problem.empty()) results.failures.push_back({run, outcome.problem});
      enough = results.failures.size() >= runs.most_failures;
      if (++done % 1000 == 0 && runs.on_progress) runs.on_progress(done, results.failures.size());
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < runs.threads; ++i) threads.emplace_back(work);
  }
  std::sort(results.failures.begin(), results.failures.end(),
            [](const Failure& a, const Failure& b) { return a.run.seed < b.run.seed; });
  return results;
}

std::string explain(const Failure& failure, std::size_t lines) {
  std::deque<std::string> trace;
  const Outcome again = simulate(failure.run, [&](const std::string& line) {
    trace.push_back(line);
    if (lines != 0 && trace.size() > lines) trace.pop_front();
  });
  std::string text;
  for (const std::string& line : trace) text += "  " + line + "\n";
  return fmt::format("seed {}, variant {}, {}: {}\n{}", failure.run.seed, name_of(failure.run.variant),
                     failure.run.faults == Faults::kAll ? "all faults" : "faults of the broker",
                     again.problem, text);
}

}  // namespace stream::simulation
