#include "form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "stream/common/random.hpp"

namespace stream::faults {
namespace {

std::uint64_t chosen_seed() {
  const char* given = std::getenv("STREAM_FAULTS_SEED");
  return given != nullptr && *given != '\0' ? std::strtoull(given, nullptr, 10)
                                            : random_u64() % 1'000'000'007;
}

}  // namespace

bool is_long() {
  const char* given = std::getenv("STREAM_FAULTS_LONG");
  return given != nullptr && *given != '\0';
}

Row::Row() : seed_(chosen_seed()), random_(seed_) {}

Row::~Row() {
  if (HasFailure()) fmt::print(stderr, "again with: STREAM_FAULTS_SEED={}\n", seed_);
}

std::size_t Row::pick(std::size_t n) {
  return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
}

std::chrono::milliseconds Row::pick_ms(std::chrono::milliseconds from, std::chrono::milliseconds to) {
  return std::chrono::milliseconds(
      std::uniform_int_distribution<std::int64_t>(from.count(), to.count())(random_));
}

void figure(int row, const std::string& what, const std::string& bound, const std::string& measured) {
  fmt::print("| {} | {} | {} | {} |\n", row, what, bound, measured);
  std::fflush(stdout);
}

double seconds_of(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string text_of(Clock::duration duration) {
  return fmt::format("{:.3f} s", seconds_of(duration));
}

Clock::duration percentile(std::vector<Clock::duration> samples, double share) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(samples.size())));
  return samples[std::min(std::max<std::size_t>(rank, 1), samples.size()) - 1];
}

}  // namespace stream::faults
