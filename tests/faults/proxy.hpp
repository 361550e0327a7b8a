// Stands between a client and a TCP server on this machine and does to their connections what networks do.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>

namespace stream::faults {

// Thread-safe. A thread of its own; everything it holds is closed in the destructor.
class FaultProxy {
 public:
  enum class Mode {
    kPass,
    kRefuse,     // closes what is there and resets what comes
    kBlackHole,  // passes nothing on, not even that somebody has closed; goes on with everything afterwards,
                 // as tcp does when packets come through again
    kHalfOpen,   // the same, but only for what the server says
    kReset,      // resets what is there once, then passes
    kDelay,      // passes every byte on `delay` late
    kDrip,       // a byte each way every 10 ms
  };

  // To 127.0.0.1:target; listens on a port of its own.
  explicit FaultProxy(std::uint16_t target);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::uint16_t port() const { return port_; }
  // For present and future connections.
  void set(Mode mode, std::chrono::milliseconds delay = std::chrono::milliseconds(0));
  std::uint64_t connections() const { return accepted_; }

 private:
  struct Link;

  void run();
  void accept();
  void apply_mode();
  bool move(Link& link, Mode mode);  // false: the link is over
  void close_all(bool reset);

  const std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<Mode> mode_{Mode::kPass};
  std::atomic<std::int64_t> delay_ms_{0};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<bool> over_{false};
  Mode seen_mode_ = Mode::kPass;  // the thread's
  std::list<Link> links_;         // the thread's
  std::thread thread_;            // last
};

}  // namespace stream::faults
