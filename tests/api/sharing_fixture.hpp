// A node whose tasks share stream processes.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "node_fixture.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {

class SharingFixture : public NodeFixture {
 protected:
  SharingFixture() { config_.stream_process = "shared"; }

  void create_task(const nlohmann::json& task) {
    const nlohmann::json answer = post("create", task);
    EXPECT_EQ(answer["Code"], 0) << answer;
  }
  TaskRecord record(const std::string& id) {
    const auto entry = bus_->get(topics::task_key(id));
    return entry && *entry ? decode<TaskRecord>((*entry)->value).value() : TaskRecord();
  }
  // Of its one algorithm.
  AlgorithmSpec spec(const std::string& id) {
    const TaskRecord task = record(id);
    return task.algorithms.empty() ? AlgorithmSpec() : task.algorithms[0];
  }
  nlohmann::json algorithm(const std::string& id) { return query(id)["Result"]["Algorithms"][0]; }
};

}  // namespace stream::api::test
