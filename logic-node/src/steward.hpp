// Sees to it that this node works on what is its own, and on nothing else.
//
// On each round (every 50 ms) it looks at the tasks and the live nodes: what should be ours is taken over,
// what should be another's is let go as far as Placement allows it, what has no task any more is removed. It
// also gives every unit the chance to do what has become due.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "byte_budget.hpp"
#include "counters.hpp"
#include "frame_loop.hpp"
#include "members.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/task_labels.hpp"
#include "stream/ownership/membership.hpp"
#include "task_board.hpp"
#include "unit_driver.hpp"

namespace stream::logic {

struct StewardOptions {
  TaskRunOptions run;
  std::chrono::milliseconds look_for_garbage{60000};  // states whose task is gone
};

// What it works with; all must outlive it.
struct StewardTools {
  bus::Bus& bus;
  Metrics& metrics;
  const Counters& counters;
  const ownership::Membership& membership;
  const TaskBoard& board;
  Members& members;
  ByteBudget& held;  // what complete alarms that are not in the queue yet may take
  UnitDriver& driver;
  FrameLoop& frames;
};

// Starts in the constructor. Thread-safe. Jobs of the driver use it, too: those that are left when it ends
// must not run any more.
class Steward {
 public:
  Steward(const StewardTools& tools, std::string name, const StewardOptions& options = {});
  ~Steward();
  Steward(const Steward&) = delete;
  Steward& operator=(const Steward&) = delete;

  // The rules have been applied to what is known, and we are at work on all that should be ours and that
  // another node does not still have.
  bool settled() const { return settled_; }

  // By the key of its state, if we are at work on it.
  UnitPtr find(const std::string& key) const;

  // Takes on nothing more, ends what is decided and releases everything; returns when that is done, at
  // `until` at the latest. Give it no frames meanwhile.
  void release_all(std::chrono::steady_clock::time_point until);

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Member = std::tuple<std::string, std::uint64_t, double>;  // name, boot, weight
  struct Holding {
    explicit Holding(UnitPtr unit_in) : unit(std::move(unit_in)) {}

    UnitPtr unit;
    TaskPtr task;              // empty: gone
    std::uint64_t source = 0;  // of the task, or of the one that is gone
    bool ours = false;         // should be
    bool moving = false;       // to the node whose it should be
    bool routed = false;       // its frames come
    std::optional<TaskCounters> counters;
  };
  struct Standing {
    bool running = false, is_anothers = false, idle = false;
  };

  void run(const std::stop_token& stop);
  void round(Time now);
  void apply_placement(const std::vector<NodeRecord>& live);
  Standing tend(Holding& holding, Time now);
  void update_routes();
  UnitPtr make_unit(const std::string& key);
  TaskCounters counters_of(const Task& task);
  void look_for_garbage(Time now);
  void find_garbage();

  const StewardTools tools_;
  const std::string name_;
  const StewardOptions options_;
  TaskLabels labels_;
  std::atomic<bool> settled_ = false;

  std::mutex garbage_mutex_;
  std::map<std::string, std::uint64_t> garbage_;  // keys and sources that were found, not yet taken up

  mutable std::mutex at_work_mutex_;
  std::map<std::string, UnitPtr> at_work_;  // by the key of the state

  // Of the steward's thread; after that, of release_all().
  std::map<std::string, Holding> holdings_;  // by the key of the state
  std::uint64_t seen_version_ = 0;           // of the board
  std::vector<Member> seen_members_;
  Time garbage_due_{};

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::logic
