// Names to addresses within a time limit.
//
// getaddrinfo() waits for as long as the system's resolver does, half a minute and more when a name server is
// silent, and cannot be interrupted. So it runs on threads of its own, few, and whoever asks waits for no
// longer than he wants.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::reporter {

// Thread-safe. Those who ask for the same name at the same time share one lookup; nothing is kept beyond it.
class Resolver {
 public:
  static constexpr std::size_t kMostLookups = 16;  // at once; what comes on top waits for one of them to end

  using Lookup = Result<std::vector<std::string>> (*)(const std::string& host);

  // `lookup` blocks until it has the addresses; it is getaddrinfo() unless a test brings its own.
  explicit Resolver(Lookup lookup = nullptr);
  // Does not wait for lookups that are under way.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The addresses of `host`, in the system's order; an address is its own. kNotFound with the system's
  // reason; kUnavailable when there was none within `limit`.
  Result<std::vector<std::string>> resolve(const std::string& host, std::chrono::milliseconds limit);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace stream::reporter
