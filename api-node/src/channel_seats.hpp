// Which stream process a camera shares with others, and under which id it plays there. Values in, values out.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace stream::api {

// A place in a shared process.
struct Seat {
  std::string key;           // the process's path key: all its frames come in on /frames/in/<key>
  std::int32_t channel = 0;  // the camera's id in it, from 0, less than max_channels
  auto operator<=>(const Seat&) const = default;
};

struct TakenSeat {
  Seat seat;
  std::string api_node;     // runs the process
  std::string ingest_node;  // takes its frames
  std::uint64_t files = 0;  // manifest::shared_part()
};

struct SeatWish {
  std::string api_node;
  std::uint64_t files = 0;
  std::uint32_t max_channels = 0;
  std::set<std::string> ingest_nodes;  // those that are up
};

struct FreeSeat {
  Seat seat;
  std::string ingest_node;
};

// A free seat of a process that does what is wished for, the fullest that has one; nothing when a new process
// is needed. `taken`: by all tasks. `busy`: not taken any more, but frames of a former camera may still come.
std::optional<FreeSeat> find_seat(const SeatWish& wish, const std::vector<TakenSeat>& taken,
                                  const std::set<Seat>& busy);

}  // namespace stream::api
