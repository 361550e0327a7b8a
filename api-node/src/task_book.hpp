// What this node knows of the tasks: the records in the KV, kept in memory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::api {

// The last error a stream process reported about itself.
struct StreamError {
  std::string text;  // masked
  std::int64_t at_us = 0;
};

struct KnownTask {
  std::shared_ptr<const TaskRecord> record;
  bus::Revision revision = 0;
  std::map<std::uint32_t, StreamError> stream_errors;  // by algorithm
};

// Changes come twice, from whoever wrote them and from the watch, in any order: revisions decide.
// Thread-safe.
class TaskBook {
 public:
  // False when the book has this revision or a later one already.
  bool put(TaskRecord record, bus::Revision revision);
  // `revision` is that of the deletion. The record that was there; null when there is none, or a newer one.
  std::shared_ptr<const TaskRecord> erase(const std::string& key, bus::Revision revision);
  // The watch has passed this revision: nothing older will come.
  void settle(bus::Revision revision);

  // Ignored for tasks and algorithms that are not there.
  void set_stream_error(const std::string& task_id, std::uint32_t algorithm, StreamError error);

  std::optional<KnownTask> find(const std::string& task_id) const;
  // In order of their keys.
  std::vector<KnownTask> all() const;

 private:
  mutable std::mutex mutex_;
  // Both guarded by mutex_, both by KV key.
  std::map<std::string, KnownTask> tasks_;
  std::map<std::string, bus::Revision> deletions_;  // those the watch has not passed yet
};

}  // namespace stream::api
