// What a stream process does wrong when its source's address asks for it, so that whoever runs such processes
// can be tried.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "stop_event.hpp"

namespace stream::sim {

struct Misbehaviour {
  // From the start.
  bool ignores_term = false;
  int children = 0;  // that outlive the process, in its process group, without environment; deaf to SIGTERM
  // The same with the environment, in sessions of their own, which a signal to the group does not reach.
  int strays = 0;

  // Once `after` frames of the channel have gone well.
  std::uint64_t after = 0;
  std::optional<int> exit_code;   // ends the process, without a word
  std::optional<int> signal;      // dies of it
  bool hangs = false;             // nothing comes any more, neither frames nor log lines
  int flood_lines_s = 0;          // log lines a second, each with the source's address
  int leak_mib_s = 0;             // memory that is used and never given back
  int leak_most_mib = 256;        // where that ends
  bool eats_descriptors = false;  // keeps all file descriptors it can get, at most about 1000
  std::string report;             // posted to http_report

  bool operator==(const Misbehaviour&) const = default;
};

// Ends this process at once as a crash does, without a core file.
[[noreturn]] void die_of(int signal_number);

// Does it, for one channel. frame() is confined to one thread.
class Misdeeds {
 public:
  // Starts the children. `url`: of the channel. `report`: posts to http_report.
  Misdeeds(const Misbehaviour& what, std::string url, std::function<void(const std::string&)> report);
  // Ends what it does, but not the children.
  ~Misdeeds();
  Misdeeds(const Misdeeds&) = delete;
  Misdeeds& operator=(const Misdeeds&) = delete;

  // One more frame has been made. False: it hangs from now on. May not return.
  bool frame();

 private:
  void begin();
  void flood();
  void leak();

  const Misbehaviour what_;
  const std::string url_;
  const std::function<void(const std::string&)> report_;
  std::uint64_t frames_ = 0;
  StopEvent stop_;
  std::vector<std::thread> threads_;
};

}  // namespace stream::sim
