// How a run is made: short (the test suite) or long (scripts/faults --long), and from which seed.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace stream::faults {

using Clock = std::chrono::steady_clock;

// STREAM_FAULTS_LONG is set and not empty.
bool is_long();

template <class T>
T short_or_long(T in_short, T in_long) {
  return is_long() ? in_long : in_short;
}

// Every row is a test with this fixture: its randomness comes from one seed, which a failure prints.
class Row : public ::testing::Test {
 protected:
  Row();
  ~Row() override;

  // 0 to n - 1.
  std::size_t pick(std::size_t n);
  std::chrono::milliseconds pick_ms(std::chrono::milliseconds from, std::chrono::milliseconds to);

  const std::uint64_t seed_;  // STREAM_FAULTS_SEED, else a random one
  std::mt19937_64 random_;
};

// One line for the table of docs/reliability.md: row, what was measured, what must hold, what came out.
void figure(int row, const std::string& what, const std::string& bound, const std::string& measured);

double seconds_of(Clock::duration duration);
std::string text_of(Clock::duration duration);  // "0.123 s"
// The value that `share` (0 to 1) of the samples do not exceed; zero without samples.
Clock::duration percentile(std::vector<Clock::duration> samples, double share);

}  // namespace stream::faults
