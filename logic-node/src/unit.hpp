// One task's algorithm on this node, for several threads.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "task_run.hpp"

namespace stream::logic {

struct Unit {
  template <class... Args>
  explicit Unit(std::string key_in, Args&&... args)
      : key(std::move(key_in)), run(key, std::forward<Args>(args)...) {}

  const std::string key;  // of its state

  std::mutex mutex;  // guards run; held for some microseconds, never while calling the bus or anybody else
  TaskRun run;
};

using UnitPtr = std::shared_ptr<Unit>;

}  // namespace stream::logic
