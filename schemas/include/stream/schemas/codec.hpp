// Messages to MessagePack and back, and to JSON for people.
//
// Encoding never fails. Decoding takes bytes from anywhere: it never crashes, never trusts a length (bounded
// depth and sizes) and says what was wrong and where ("detections[3].box.x: found a string, expected an
// integer").
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream {

// The first byte of every message, and the version of what follows it.
inline constexpr unsigned char kWireVersion = 1;

// For every message struct of messages.hpp: FrameMeta, FrameBatch, Alarm, TaskEvent, SystemEvent,
// ReportResult, TaskRecord, NodeRecord, OwnedState, RuleState, LogicState, AlarmDraft.
template <class Message>
std::string encode(const Message& message);

// kInvalid for anything that is not a whole message of this kind and a known version.
template <class Message>
Result<Message> decode(std::string_view bytes);

// For people: the members by name; pictures (JPEG bytes) as "<jpeg 1920x1080 213 kB>". Not for TaskRecord: it
// holds passwords and is not for showing. Nor for FrameBatch: its frames are shown one by one.
template <class Message>
nlohmann::json to_display_json(const Message& message);

}  // namespace stream
