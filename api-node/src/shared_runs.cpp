#include "shared_runs.hpp"

#include <algorithm>

namespace stream::api {

std::shared_ptr<SharedRun> SharedRuns::get(RunnerTools& tools, const std::string& key,
                                           const std::string& api_node) {
  auto& run = runs_[key];
  if (!run) {
    run = std::make_shared<SharedRun>(tools, key, api_node);
    if (may_start_) run->go_on();
  }
  return run;
}

void SharedRuns::go_on() {
  may_start_ = true;
  for (const auto& [key, run] : runs_) run->go_on();
}

void SharedRuns::step() {
  for (const auto& [key, run] : runs_) run->step();
  std::erase_if(runs_, [](const auto& entry) {
    if (!entry.second->is_over()) return false;
    entry.second->remove_files();
    return true;
  });
}

bool SharedRuns::has_process() const {
  return std::any_of(runs_.begin(), runs_.end(), [](const auto& run) { return run.second->has_process(); });
}

std::set<Seat> SharedRuns::busy() const {
  std::set<Seat> seats;
  for (const auto& [key, run] : runs_) {
    for (const auto channel : run->busy()) seats.insert({key, channel});
  }
  return seats;
}

}  // namespace stream::api
