// The names of topics, queues and keys. Task ids are encoded (encode_name), so any id is one level.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stream::topics {

inline constexpr std::string_view kAlarmQueue = "alarms";
inline constexpr std::string_view kFlowTopics = "flow/";
inline constexpr std::string_view kStateTopics = "state/";
inline constexpr std::string_view kEventQueue = "events";  // SystemEvent, for event_urls
inline constexpr std::string_view kSystemEvent =
    "event/.system/";  // SystemEvent; no task id encodes to ".system"
inline constexpr std::string_view kTaskKeys = "task/";
inline constexpr std::string_view kNodeKeys = "nd/";
inline constexpr std::string_view kDeliveryKeys = "rep/";
inline constexpr std::string_view kStateKeys = "st/";
inline constexpr std::string_view kBegunKeys = "ev/";
inline constexpr std::string_view kBrokerBegunKey = "ev/broker";  // KV: BegunEvents; it is no member

std::string frame(std::string_view task_id, std::uint32_t algorithm);  // FrameMeta
std::string body(std::string_view task_id, std::uint32_t algorithm);   // the whole body, as http_push sent it
std::string alarm(std::string_view task_id, std::uint32_t algorithm);  // Alarm, a copy for taps
std::string event(std::string_view task_id);                           // TaskEvent
std::string report(std::string_view task_id);                          // ReportResult
std::string flow(std::string_view ingest_node);                        // FlowReport
std::string state(std::string_view api_node);                          // StateReport

std::string task_key(std::string_view task_id);                            // KV: TaskRecord
std::string delivery_key(std::string_view alarm_id);                       // KV: DeliveryRecord
std::string node_key(std::string_view role, std::string_view node);        // KV: NodeRecord
std::string state_key(std::string_view task_id, std::uint32_t algorithm);  // KV: OwnedState
std::string begun_key(std::string_view role, std::string_view node);       // KV: BegunEvents

}  // namespace stream::topics
