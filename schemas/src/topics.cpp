#include "stream/schemas/topics.hpp"

#include <fmt/format.h>

#include "stream/common/encode.hpp"

namespace stream::topics {
namespace {

std::string of_algorithm(std::string_view kind, std::string_view task_id, std::uint32_t algorithm) {
  return fmt::format("{}/{}/{}/", kind, encode_name(task_id), algorithm);
}

}  // namespace

std::string frame(std::string_view task_id, std::uint32_t algorithm) {
  return of_algorithm("frame", task_id, algorithm);
}

std::string body(std::string_view task_id, std::uint32_t algorithm) {
  return of_algorithm("body", task_id, algorithm);
}

std::string alarm(std::string_view task_id, std::uint32_t algorithm) {
  return of_algorithm("alarm", task_id, algorithm);
}

std::string event(std::string_view task_id) {
  return fmt::format("event/{}/", encode_name(task_id));
}

std::string report(std::string_view task_id) {
  return fmt::format("report/{}/", encode_name(task_id));
}

std::string flow(std::string_view ingest_node) {
  return fmt::format("{}{}/", kFlowTopics, encode_name(ingest_node));
}

std::string state(std::string_view api_node) {
  return fmt::format("{}{}/", kStateTopics, encode_name(api_node));
}

std::string task_key(std::string_view task_id) {
  return fmt::format("{}{}", kTaskKeys, encode_name(task_id));
}

std::string delivery_key(std::string_view alarm_id) {
  return fmt::format("{}{}", kDeliveryKeys, encode_name(alarm_id));
}

std::string node_key(std::string_view role, std::string_view node) {
  return fmt::format("{}{}/{}", kNodeKeys, encode_name(role), encode_name(node));
}

std::string state_key(std::string_view task_id, std::uint32_t algorithm) {
  return fmt::format("{}{}/{}", kStateKeys, encode_name(task_id), algorithm);
}

std::string begun_key(std::string_view role, std::string_view node) {
  return fmt::format("{}{}/{}", kBegunKeys, encode_name(role), encode_name(node));
}

}  // namespace stream::topics
