// Control messages to MessagePack and back: [version, id, name, element...], one message in one frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "control.hpp"
#include "stream/common/result.hpp"

namespace stream::bus::control {

std::string encode(const Request& request);
std::string encode(const Answer& answer);

// Bytes that are no message of this protocol. `id`: whose they seem to be, when that much could be read.
struct Undecodable {
  Error error;
  std::optional<std::uint64_t> id;
};

// An error (kInvalid, with what was found and expected) for anything that is not exactly one whole message of
// this version: other types or numbers of elements, trailing bytes, lengths beyond the message.
tl::expected<Request, Undecodable> decode_request(std::string_view bytes);
Result<Answer> decode_answer(std::string_view bytes);

}  // namespace stream::bus::control
