#include "data_wire.hpp"

#include <cstddef>

namespace stream::bus {
namespace {

constexpr std::size_t kSenderAt = 1;
constexpr std::size_t kSequenceAt = 9;

void put_number(char* to, std::uint64_t number) {
  for (int i = 0; i < 8; ++i) to[i] = static_cast<char>(number >> (56 - 8 * i));
}

std::uint64_t get_number(const char* from) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(from[i]);
  return number;
}

}  // namespace

DataHeaderBytes encode_header(const DataHeader& header) {
  DataHeaderBytes bytes{static_cast<char>(kDataVersion)};
  put_number(bytes.data() + kSenderAt, header.sender);
  put_number(bytes.data() + kSequenceAt, header.sequence);
  return bytes;
}

std::optional<DataHeader> decode_header(std::string_view bytes) {
  if (bytes.size() != std::tuple_size_v<DataHeaderBytes>) return std::nullopt;
  if (static_cast<unsigned char>(bytes[0]) != kDataVersion) return std::nullopt;
  return DataHeader{get_number(bytes.data() + kSenderAt), get_number(bytes.data() + kSequenceAt)};
}

}  // namespace stream::bus
