// Tells running stream processes of cameras, over their own HTTP API.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <string>

#include "channel_plan.hpp"
#include "errands.hpp"
#include "stream/manifest/channel_config.hpp"

namespace stream::api {

struct Told {
  TellResult result = TellResult::kTaken;
  std::string text{};  // what was wrong; empty: nothing. Masked.
};

// The process that listens on this port of this machine is told, and has answered by `deadline` or not.
// Blocks.
Told tell_to_add(std::uint16_t port, const manifest::ChannelConfig& channel,
                 std::chrono::steady_clock::time_point deadline);
Told tell_to_drop(std::uint16_t port, const manifest::ChannelConfig& channel,
                  std::chrono::steady_clock::time_point deadline);

// The same without waiting: one after the other, on a thread of its own, so that each process has one of its
// own. Thread-safe. What was not begun when it is destroyed, or when forget() is called, never is; its answer
// is an exception.
class ChannelControl {
 public:
  // Of one request; more than a process needs that is well, since it answers before it does anything.
  static constexpr std::chrono::milliseconds kDeadline{2000};

  std::future<Told> add(std::uint16_t port, const manifest::ChannelConfig& channel);
  std::future<Told> drop(std::uint16_t port, const manifest::ChannelConfig& channel);
  // The process is gone: another may get its port.
  void forget() { ++life_; }

 private:
  using Tell = Told (*)(std::uint16_t, const manifest::ChannelConfig&, std::chrono::steady_clock::time_point);
  std::future<Told> post(Tell tell, std::uint16_t port, const manifest::ChannelConfig& channel);

  std::atomic<std::uint64_t> life_ = 0;  // of the process
  Errands errands_;                      // last: ends before what it uses
};

}  // namespace stream::api
