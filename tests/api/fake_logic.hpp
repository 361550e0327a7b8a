// A logic-node as an api-node sees it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/http/server.hpp"
#include "stream/ownership/membership.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {

// One of seven frames, with every member that there is.
inline constexpr const char* kExplanation = R"({
  "complete": true, "memory_known_from": 1, "notes": ["a note"], "objects_left_out": 0,
  "frames": {"count": 7, "without_objects": 0, "first": {"frame": 1, "unix_ms": 1000},
             "last": {"frame": 7, "unix_ms": 2000}},
  "newest": {"frame": 7, "unix_ms": 2000},
  "rules": [{"rule": "area", "passed": 0, "stopped": 7}],
  "objects": [{"key": "person", "frames": 7, "first": {"frame": 1, "unix_ms": 1000},
               "last": {"frame": 7, "unix_ms": 2000}, "alarms": 0, "alarm_frames": [],
               "changes": [{"stopped_by": "area", "first": {"frame": 1, "unix_ms": 1000},
                            "last": {"frame": 7, "unix_ms": 2000}, "frames": 7,
                            "text": "anchor 412,310 outside area 1"}],
               "changes_left_out": 0}]})";

// Answers explanations, and leaves a key where the task's owner stands. Thread-safe.
class FakeLogic {
 public:
  FakeLogic(bus::Bus& bus, const std::string& name) : bus_(bus), name_(name) {
    router_.add("GET", "/explain/", [this](const http::Request& request) {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request.path + "?" + request.query);
      return answer_;
    });
    server_ = http::Server::start({}, router_, metrics_, "test").value();
    NodeRecord record;
    record.node = name;
    record.role = "logic";
    record.admin_address = server_->address();
    membership_ = std::make_unique<ownership::Membership>(bus, record, nullptr);
  }

  void own(const std::string& task, std::uint32_t algorithm) {
    OwnedState state;
    state.epoch = 1;
    state.owner = name_;
    state.owner_boot = membership_->boot();
    const auto key = topics::state_key(task, algorithm);
    ASSERT_TRUE(bus_.cas(key, 0, encode(state)).done());
  }
  void will_answer(unsigned status, const std::string& body) {
    const std::lock_guard lock(mutex_);
    answer_ = {status, body, "application/json", {}};
  }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  // Its process is there as before, but nobody serves it any more.
  void stop_serving() { server_.reset(); }

 private:
  bus::Bus& bus_;
  const std::string name_;
  std::mutex mutex_;
  http::Response answer_{200, kExplanation, "application/json", {}};
  std::vector<std::string> asked_;
  Metrics metrics_;
  http::Router router_{1};
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<ownership::Membership> membership_;
};

}  // namespace stream::api::test
