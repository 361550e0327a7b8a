// An ingest-node on the in-memory bus with one task "cam", whose algorithm 0 takes frames at kIn.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>

#include "bodies.hpp"
#include "ingest_node.hpp"
#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::ingest {

inline constexpr const char* kIn = "/frames/in/secret-key";

inline std::uint16_t port_of(const std::string& address) {
  std::uint16_t port = 0;
  const auto digits = address.substr(address.rfind(':') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port;
}

class NodeTest : public testing::Test {
 protected:
  void start(const IngestConfig& changed = {}) {
    config = changed;
    config.listen = "127.0.0.1:0";
    TaskRecord task;
    task.task_id = "cam";
    task.algorithms.emplace_back().path_key = "secret-key";
    const auto written = memory_bus->cas(topics::task_key("cam"), 0, encode(task));
    ASSERT_TRUE(written.done());
    auto started = IngestNode::start(config, *memory_bus, metrics, "ingest-1");
    ASSERT_TRUE(started) << started.error().message;
    node = std::move(*started);
    ASSERT_TRUE(eventually([&] { return node->not_ready().empty(); })) << node->not_ready();
  }

  std::uint16_t port() const { return port_of(node->address()); }
  test::HttpAnswer post(std::string_view body, std::string_view path = kIn) {
    return test::http_request(port(), "POST", path, body);
  }
  test::HttpAnswer get(std::string_view path) { return test::http_request(port(), "GET", path); }
  // One line of the metrics: the value, or -1 when there is no such line.
  double metric(const std::string& name_and_labels) {
    const auto text = metrics.text();
    const auto at = text.find("\n" + name_and_labels + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name_and_labels.size() + 2));
  }

  std::unique_ptr<bus::Subscriber> subscribe(const std::string& topic) {
    auto subscriber = memory_bus->make_subscriber();
    subscriber->subscribe(topic);
    return subscriber;
  }
  static std::optional<std::string> next(bus::Subscriber& subscriber) {
    auto outcome = subscriber.receive(std::chrono::seconds(5));
    if (auto* received = std::get_if<bus::Received>(&outcome)) return received->payload;
    return std::nullopt;
  }
  static FrameMeta next_frame(bus::Subscriber& subscriber) {
    const auto payload = next(subscriber);
    return payload ? decode<FrameMeta>(*payload).value_or(FrameMeta{}) : FrameMeta{};
  }

  const std::unique_ptr<bus::Bus> memory_bus = bus::make_memory_bus();
  Metrics metrics;
  IngestConfig config;
  std::unique_ptr<IngestNode> node;
};

}  // namespace stream::ingest
