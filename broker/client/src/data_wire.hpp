// The header of a topic message. A message has three parts: topic | header | payload; docs/protocol.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace stream::bus {

inline constexpr unsigned char kDataVersion = 1;

struct DataHeader {
  std::uint64_t sender = 0;    // the publisher's boot id
  std::uint64_t sequence = 0;  // per sender and topic, from 1
  bool operator==(const DataHeader&) const = default;
};

// One byte of version, then both numbers, big-endian.
using DataHeaderBytes = std::array<char, 1 + 8 + 8>;

DataHeaderBytes encode_header(const DataHeader& header);
// Empty for another length or version.
std::optional<DataHeader> decode_header(std::string_view bytes);

}  // namespace stream::bus
