// Runs the simulation of the ownership library with many seeds; see scripts/simulate.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>

#include "runs.hpp"

namespace {

using namespace stream::simulation;

constexpr std::size_t kShortTrace = 40;

int run_one(Run run) {
  const Outcome outcome = simulate(run, [](const std::string& line) { fmt::print("{}\n", line); });
  fmt::print("seed {}: {}\n", run.seed, outcome.problem.empty() ? "all is well" : outcome.problem);
  return outcome.problem.empty() ? 0 : 1;
}

int run_many(Runs runs) {
  runs.on_progress = [](std::uint64_t done, std::uint64_t failed) {
    fmt::print(stderr, "\r{} runs, {} failed", done, failed);
  };
  const auto begin = std::chrono::steady_clock::now();
  const Results results = simulate_all(runs);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print(stderr, "\n");
  for (const Failure& failure : results.failures) fmt::print("{}\n", explain(failure, kShortTrace));
  for (const auto& [what, times] : results.figures.counts) fmt::print("{:>14} {}\n", times, what);
  fmt::print("{:>14} failed\n{:>14.1f} seconds on {} threads\n", results.failures.size(), took.count(),
             runs.threads);
  return results.failures.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Simulates the ownership library, the code that ships, with every fault at every call.");
  Runs runs;
  std::optional<std::uint64_t> seed;
  bool broker_only = false;
  std::string variant{name_of(Variant::kShipped)};
  runs.count = 10000;
  runs.threads = std::max(1U, std::thread::hardware_concurrency());
  app.add_option("--seeds", runs.count, "how many runs");
  app.add_option("--from", runs.first.seed, "the first seed");
  app.add_option("--seed", seed, "only this one, with everything that happens in it");
  app.add_option("--threads", runs.threads, "at a time")->check(CLI::PositiveNumber);
  app.add_option("--variant", variant, "shipped, or one that is broken on purpose");
  app.add_flag("--broker-only", broker_only, "only the broker fails: then no work may change hands");
  CLI11_PARSE(app, argc, argv);

  const auto chosen = std::find_if(std::begin(kVariants), std::end(kVariants),
                                   [&](Variant v) { return name_of(v) == variant; });
  if (chosen == std::end(kVariants)) {
    fmt::print(stderr, "--variant: found {}, expected one of variant.hpp\n", variant);
    return 2;
  }
  runs.first.variant = *chosen;
  if (broker_only) runs.first.faults = Faults::kBroker;
  if (!seed) return run_many(runs);
  runs.first.seed = *seed;
  return run_one(runs.first);
}
