// Whole nodes on a bus in memory, and an ingest-node that numbers and keeps its frames.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fakes.hpp"
#include "logic_node.hpp"
#include "stream/schemas/topics.hpp"
#include "tasks.hpp"

namespace stream::logic {

class NodeTest : public ::testing::Test {
 protected:
  using Names = std::vector<std::string>;

  // A node with a connection and figures of its own.
  struct Running {
    explicit Running(std::shared_ptr<bus::Bus> memory) : bus(std::move(memory)) {}
    double count(const std::string& name, const Labels& labels = {}) {
      return metrics.counter("stream_logic_" + name, "", labels).value();
    }
    double gauge(const std::string& name, const Labels& labels = {}) {
      return metrics.gauge("stream_logic_" + name, "", labels).value();
    }

    MoodyBus bus;
    Metrics metrics;
    std::unique_ptr<LogicNode> node;
  };

  NodeTest();
  // A node that ends waits for what it fetches.
  void TearDown() override {
    pictures_.release();
    replay_.release();
  }

  std::unique_ptr<Running> start(const std::string& name);
  // As by kill -9: whatever it still does reaches nobody, and it gives nothing back.
  static void kill(Running& running);

  void put(const TaskRecord& record);
  void remove(const std::string& task);

  bool has_consumer(const std::string& task) { return publisher_->has_consumer(topics::frame(task, 0)); }
  bool wait_for_consumer(const std::string& task);

  // The next frame of the task, numbered and kept.
  FrameMeta next_frame(const std::string& task, const std::string& plate);
  // The same, and published when somebody listens.
  void play(const std::string& task, const std::string& plate);
  // Plates "<first>" to "<last>", each in three frames, so that each alarms once.
  void play_plates(const std::string& task, int first, int last);

  // What is in the queue, in order: the ids without their random part, "t:0:plate:1".
  Names alarms();
  bool wait_for_alarms(const Names& names);
  // The plates that alarmed, sorted; an alarm that is there twice is there twice.
  Names alarmed_plates();
  Alarm alarm(std::size_t index);
  std::vector<bus::QueueItem> queue();

  std::shared_ptr<bus::Bus> memory_ = bus::make_memory_bus();
  std::unique_ptr<bus::Publisher> publisher_ = memory_->make_publisher();
  const std::string scene_ = make_jpeg(64, 48);
  FakePictures pictures_;
  FakeReplay replay_;
  LogicConfig config_;
  LogicTimes times_;
  const decision::CustomRules* rules_ = nullptr;
  std::map<std::string, std::uint64_t> numbers_;  // the last one, by task
};

}  // namespace stream::logic
