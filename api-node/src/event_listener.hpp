// Hears what other nodes say about our tasks and keeps what belongs into their state.
#pragma once

#include <thread>

#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "task_book.hpp"

namespace stream::api {

// Takes the stream errors that ingest-nodes publish as task events into the book. Starts in the constructor,
// ends in the destructor (within about 200 ms).
class EventListener {
 public:
  EventListener(bus::Bus& bus, TaskBook& book, Metrics& metrics);

 private:
  void work(const std::stop_token& stop, bus::Bus& bus);
  void take(const bus::Received& message);

  TaskBook& book_;
  const Counter received_, lost_, malformed_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::api
