// A simulated logic-node: the shipped Heartbeat, Placement and Tenures, driven by the rules in placement.hpp,
// with a small filter on top.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "dice.hpp"
#include "figures.hpp"
#include "heartbeat.hpp"
#include "network.hpp"
#include "process.hpp"
#include "stream/ownership/placement.hpp"
#include "stream/ownership/tenure.hpp"
#include "tape.hpp"
#include "variant.hpp"

namespace stream::simulation {

// What all nodes of a run share.
struct Surroundings {
  Timeline& timeline;
  Dice& dice;
  Network& network;
  Figures& figures;
  const Tapes& tapes;
  Variant variant = Variant::kShipped;
  std::function<void(const std::string&)> trace;  // empty: nobody wants to know
};

// One process of a node. Confined to one thread; must outlive the timeline's events.
class Node {
 public:
  Node(Surroundings& surroundings, std::string name, std::uint64_t boot);
  ~Node() { process_->kill(); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void start();
  // Lets everything go, says goodbye and ends.
  void stop() { stopping_ = true; }
  bool stopping() const { return stopping_; }

  Process& process() { return *process_; }
  const std::string& name() const { return name_; }
  std::uint64_t boot() const { return boot_; }
  // It believes so.
  bool owns(const std::string& task) const;
  // It could work on it now.
  bool works_on(const std::string& task) const;

 private:
  struct Unit {
    std::string task, key;
    std::optional<std::uint64_t> incarnation;  // of its record; empty: the task is gone
    std::uint64_t last_incarnation = 0;        // when it is gone: which one is
    std::unique_ptr<ownership::Tenure> tenure;
    // The task record was read: its incarnation, and when. Good for one first state, soon.
    std::uint64_t confirmed = 0;
    Time confirmed_at{};
    bool confirming = false;
    bool acquiring = false;
    bool releasing = false;
    bool erasing = false;
    // The filter goes on in memory as long as the epoch is the one it was loaded in.
    Filter filter;
    std::uint64_t loaded_in = 0;
    bool fetching = false;  // the pictures of a decision
  };
  using UnitPointer = std::shared_ptr<Unit>;

  void beat();
  void write_record(const ownership::Heartbeat::Write& write);
  void say_goodbye();
  void on_members(const bus::Watch::Changes& changes);
  void members_changed();
  void on_tasks(const bus::Watch::Changes& changes);
  Unit& unit(const std::string& task);
  std::optional<std::string> first_state(Unit& unit);

  void tick();
  void want(Unit& unit);
  void work(const UnitPointer& unit);
  void stage(Unit& unit, const std::vector<Decision>& decided);
  void pump(const UnitPointer& unit);
  void perform(const UnitPointer& unit, ownership::Call call);
  void sweep();

  void break_call(Unit& unit, ownership::Call& call);
  void break_answer(Unit& unit, ownership::Answer& answer) const;
  void trace(const std::string& what) const;

  Surroundings& surroundings_;
  const std::string name_;
  const std::uint64_t boot_;
  const std::shared_ptr<Process> process_;
  ownership::Heartbeat heartbeat_;
  ownership::Placement placement_;
  std::string seen_;  // the names of the live members
  Time aged_at_{};
  Time stop_by_{};
  bool stopping_ = false;
  bool leaving_ = false;
  std::map<std::string, UnitPointer> units_;  // by task
};

// The KV key of a task's work.
std::string key_of(const std::string& task);

}  // namespace stream::simulation
