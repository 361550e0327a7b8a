// What a client can ask the broker on the control channel, and the answers. docs/protocol.md shows the bytes.
//
// The structs are the protocol: their members, in this order, are the elements on the wire
// (control_codec.cpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "stream/bus/bus.hpp"

namespace stream::bus::control {

inline constexpr std::uint64_t kVersion = 1;

// Of one message in a queue and one value of the KV.
inline constexpr std::size_t kMaxPayloadBytes = 32 * 1024 * 1024;
// Of one request: a payload and its names. Whoever sends more is cut off.
inline constexpr std::size_t kMaxRequestBytes = kMaxPayloadBytes + 64 * 1024;

// Bytes that need not be text: "bin" on the wire, where std::string is "str".
struct Bytes {
  std::string data;
  bool operator==(const Bytes&) const = default;
};

// ---- operations; kName is their name on the wire

struct Ping {
  static constexpr std::string_view kName = "ping";
  auto members() { return std::tie(); }
};
struct Enqueue {
  static constexpr std::string_view kName = "enqueue";
  std::string queue, id;
  Bytes payload;
  auto members() { return std::tie(queue, id, payload); }
};
struct Pull {
  static constexpr std::string_view kName = "pull";
  std::string queue;
  std::uint32_t most = 1;
  milliseconds lease{0}, wait{0};
  std::vector<std::string> groups = {};  // GroupFilter
  bool only = false;
  auto members() { return std::tie(queue, most, lease, wait, groups, only); }
};
struct Settle {
  static constexpr std::string_view kName = "settle";
  std::string queue, id;
  std::uint64_t token = 0;
  Settlement settlement;
  auto members() { return std::tie(queue, id, token, settlement); }
};
struct ListQueue {
  static constexpr std::string_view kName = "list_queue";
  std::string queue;
  std::optional<QueueState> state;
  std::uint32_t most = 0;
  auto members() { return std::tie(queue, state, most); }
};
struct ReadMessage {
  static constexpr std::string_view kName = "read_message";
  std::string queue, id;
  auto members() { return std::tie(queue, id); }
};
struct Unpark {
  static constexpr std::string_view kName = "unpark";
  std::string queue, id;
  auto members() { return std::tie(queue, id); }
};
struct Purge {
  static constexpr std::string_view kName = "purge";
  std::string queue, id;
  auto members() { return std::tie(queue, id); }
};
struct CountQueue {
  static constexpr std::string_view kName = "queue_stats";
  std::string queue;
  auto members() { return std::tie(queue); }
};
struct Get {
  static constexpr std::string_view kName = "get";
  std::string key;
  auto members() { return std::tie(key); }
};
struct List {
  static constexpr std::string_view kName = "list";
  std::string prefix;
  auto members() { return std::tie(prefix); }
};
struct Cas {
  static constexpr std::string_view kName = "cas";
  std::string key;
  Revision expected = 0;
  std::optional<Bytes> value;  // none: delete
  auto members() { return std::tie(key, expected, value); }
};
// A long poll: answered as soon as something under `prefix` is newer than `after`, at the latest after
// `wait`.
struct AwaitChanges {
  static constexpr std::string_view kName = "changes";
  std::string prefix;
  Revision after = 0;  // 0: the whole present state at once
  milliseconds wait{0};
  auto members() { return std::tie(prefix, after, wait); }
};

using Operation = std::variant<Ping, Enqueue, Pull, Settle, ListQueue, ReadMessage, Unpark, Purge, CountQueue,
                               Get, List, Cas, AwaitChanges>;

// Their names, in the order of the variant.
template <std::size_t... index>
constexpr std::array<std::string_view, sizeof...(index)> operation_names(
    std::index_sequence<index...> /*all*/) {
  return {std::variant_alternative_t<index, Operation>::kName...};
}
inline constexpr auto kOperationNames =
    operation_names(std::make_index_sequence<std::variant_size_v<Operation>>{});

struct Request {
  std::uint64_t id = 0;  // chosen by the client, comes back with the answer
  Operation operation;
};

// ---- answers

struct Failed {
  static constexpr std::string_view kName = "failed";
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  auto members() { return std::tie(code, message); }
};
struct Done {
  static constexpr std::string_view kName = "done";
  auto members() { return std::tie(); }
};
struct Enqueued {
  static constexpr std::string_view kName = "enqueued";
  EnqueueResult result = EnqueueResult::kUnknown;
  auto members() { return std::tie(result); }
};
struct WireDelivery {
  std::string id;
  Bytes payload;
  std::uint32_t attempt = 1;
  std::uint64_t token = 0;
  auto members() { return std::tie(id, payload, attempt, token); }
};
struct Deliveries {
  static constexpr std::string_view kName = "deliveries";
  std::vector<WireDelivery> deliveries;
  auto members() { return std::tie(deliveries); }
};
struct WireItem {
  std::string id;
  QueueState state = QueueState::kReady;
  std::uint32_t attempts = 0;
  std::uint64_t payload_bytes = 0;
  std::int64_t enqueued_unix_ms = 0;
  std::string reason;
  auto members() { return std::tie(id, state, attempts, payload_bytes, enqueued_unix_ms, reason); }
};
struct Items {
  static constexpr std::string_view kName = "items";
  std::vector<WireItem> items;
  auto members() { return std::tie(items); }
};
struct Payload {
  static constexpr std::string_view kName = "payload";
  Bytes payload;
  auto members() { return std::tie(payload); }
};
struct Counts {
  static constexpr std::string_view kName = "counts";
  std::uint64_t ready = 0, delayed = 0, leased = 0, parked = 0;
  auto members() { return std::tie(ready, delayed, leased, parked); }
};
struct WireEntry {
  std::string key;
  Bytes value;
  Revision revision = 0;
  bool deleted = false;
  auto members() { return std::tie(key, value, revision, deleted); }
};
struct Entries {
  static constexpr std::string_view kName = "entries";
  std::vector<WireEntry> entries;
  auto members() { return std::tie(entries); }
};
struct Swapped {
  static constexpr std::string_view kName = "cas";
  CasResult::Outcome outcome = CasResult::Outcome::kUnknown;
  Revision revision = 0;
  auto members() { return std::tie(outcome, revision); }
};
struct Changed {
  static constexpr std::string_view kName = "changes";
  Revision up_to = 0;  // ask for what comes after this next time
  bool reset = false;
  std::vector<WireEntry> entries;
  auto members() { return std::tie(up_to, reset, entries); }
};

using Outcome =
    std::variant<Failed, Done, Enqueued, Deliveries, Items, Payload, Counts, Entries, Swapped, Changed>;

struct Answer {
  std::uint64_t id = 0;
  Outcome outcome;
};

}  // namespace stream::bus::control
