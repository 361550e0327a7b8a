// Drives a fuzz target without a fuzzer:
//
//   <target> [--runs N] [--seconds S] [--seed N] [FILE...]
//
// Each FILE is one input, run as it is (a crash again; afl++'s @@). Without files the examples are run, and
// then damaged at random. The input that runs is kept in crash-<target> below the working directory when the
// target dies.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>

#include "../faults/mutation.hpp"
#include "target.hpp"

namespace {

using namespace stream;

std::string current;  // the input that runs
std::string crash_file;

// Only calls that are safe in a signal handler.
void keep_input(int number) {
  const int file = ::open(crash_file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (file >= 0 && ::write(file, current.data(), current.size()) < 0) ::close(file);
  std::signal(number, SIG_DFL);
  ::raise(number);
}

void run(std::string input) {
  current = std::move(input);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t runs = 20'000;
  std::uint64_t seed = 1;
  double seconds = 1e9;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool has_value = i + 1 < argc;
    if (argument == "--runs" && has_value) {
      runs = std::strtoull(argv[++i], nullptr, 10);
    } else if (argument == "--seconds" && has_value) {
      seconds = std::strtod(argv[++i], nullptr);
      runs = UINT64_MAX;
    } else if (argument == "--seed" && has_value) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      files.push_back(argument);
    }
  }
  const std::string name = std::strrchr(argv[0], '/') != nullptr ? std::strrchr(argv[0], '/') + 1 : argv[0];
  crash_file = "crash-" + name;
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(number, keep_input);

  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
      fmt::print(stderr, "{}: cannot be read\n", file);
      return 2;
    }
    run({std::istreambuf_iterator<char>(in), {}});
  }
  if (!files.empty()) return 0;

  const auto examples = fuzz::examples();
  for (const std::string& example : examples) run(example);
  faults::Mutator mutator(seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::uint64_t done = 0;
  for (; done < runs && std::chrono::steady_clock::now() < end; ++done) {
    const std::string& example = examples[mutator.pick(examples.size())];
    run(mutator.pick(50) == 0 ? mutator.noise(512) : mutator.damage(example));
  }
  fmt::print("{}: {} inputs, seed {}\n", name, done, seed);
  return 0;
}
