// The stream processes of a node that several tasks share.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "channel_seats.hpp"
#include "runner_tools.hpp"
#include "shared_run.hpp"

namespace stream::api {

// All of a node, by their key. Confined to one thread.
class SharedRuns {
 public:
  std::shared_ptr<SharedRun> get(RunnerTools& tools, const std::string& key, const std::string& api_node);
  // All tasks are known: goes on with what a former api-node has left.
  void go_on();
  void step();
  bool has_process() const;
  // What must not be given to another camera now.
  std::set<Seat> busy() const;

 private:
  std::map<std::string, std::shared_ptr<SharedRun>> runs_;
  bool may_start_ = false;
};

}  // namespace stream::api
