#include "world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "audit.hpp"
#include "node.hpp"
#include "stream/ownership/rendezvous.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::simulation {
namespace {

constexpr milliseconds kCalmAfter{12000};     // no more faults
constexpr milliseconds kSettleWithin{40000};  // of calm
constexpr milliseconds kLookEvery{250};
constexpr milliseconds kFramePeriod{40};
constexpr milliseconds kBetweenOutages{1000};

class World {
 public:
  World(const Run& run, const std::function<void(const std::string&)>& trace)
      : run_(run),
        dice_(run.seed * 2 + 1),
        audit_(figures_),
        broker_({[this](const auto& key, const auto& before, const auto& after) {
                   network_.key_changed(key);
                   audit_.on_written(key, before, after);
                 },
                 [this](const auto& id, const auto& payload, bool stored) {
                   audit_.on_enqueued(id, payload, stored);
                 }}),
        network_(timeline_, dice_, broker_, figures_, network_options(),
                 [this](Process& process, Moment) { on_moment(process); }),
        surroundings_{timeline_, dice_, network_, figures_, tapes_, run.variant, {}} {
    if (trace) {
      surroundings_.trace = [this, trace, start = timeline_.now()](const std::string& what) {
        const std::chrono::duration<double> at = timeline_.now() - start;
        trace(fmt::format("{:8.4f} {}", at.count(), what));
      };
    }
  }

  Outcome run();

 private:
  struct Machine {
    std::unique_ptr<Node> node;  // the newest process of that name; empty: none runs
    bool may_return = true;
  };

  NetworkOptions network_options();
  void trace(const std::string& what) const {
    if (surroundings_.trace) surroundings_.trace(what);
  }

  // ---- the cast
  void start_node(const std::string& name);
  void end_process(const std::string& name);
  std::vector<Node*> running();
  void create_task(const std::string& task);
  void delete_task(const std::string& task);
  void write_task(const std::string& task, const std::optional<std::string>& value);

  // ---- faults
  void on_moment(Process& process);
  void plan_faults();
  void fault();
  void broker_fault();
  void kill(const std::string& name);
  void freeze(const std::string& name);
  void calm_down();

  // ---- what must hold. Empty: it does
  std::string unsettled();
  std::string unsettled(const std::string& task, std::uint64_t incarnation);
  std::string wrong_decisions() const;

  const Run run_;
  Timeline timeline_;
  Dice dice_;
  Figures figures_;
  Audit audit_;
  Broker broker_;
  Network network_;
  Tapes tapes_;
  Surroundings surroundings_;

  bool complete_ = true;  // every frame can be had for ever
  double at_each_moment_ = 0;
  int faults_left_ = 0;
  bool calm_ = false;
  Time broker_well_since_{};
  std::uint64_t taken_away_in_the_beginning_ = 0;
  std::map<std::string, Machine> machines_;
  std::vector<std::unique_ptr<Node>> ended_;    // events may still name them
  std::map<std::string, std::uint64_t> tasks_;  // incarnation of those that exist
  std::uint64_t incarnations_ = 0;
};

NetworkOptions World::network_options() {
  NetworkOptions options;
  if (run_.faults != Faults::kAll) return options;
  const double chances[] = {0, 0.01, 0.05};
  options.lost = chances[dice_.below(3)];
  options.answer_lost = chances[dice_.below(3)];
  options.late = chances[dice_.below(3)];
  options.late_when_cut_off = 0.3;
  return options;
}

// ---- the cast

void World::start_node(const std::string& name) {
  Machine& machine = machines_[name];
  machine.node = std::make_unique<Node>(surroundings_, name, dice_.number() >> 40U);
  machine.node->start();
}

void World::end_process(const std::string& name) {
  Machine& machine = machines_[name];
  if (!machine.node) return;
  machine.node->process().kill();
  ended_.push_back(std::move(machine.node));
}

std::vector<Node*> World::running() {
  std::vector<Node*> nodes;
  for (auto& [name, machine] : machines_) {
    if (machine.node && machine.node->process().alive()) nodes.push_back(machine.node.get());
  }
  return nodes;
}

void World::create_task(const std::string& task) {
  const std::uint64_t incarnation = ++incarnations_;
  Tape& tape = tapes_[{task, incarnation}];
  tape.start = timeline_.now();
  tape.period = kFramePeriod;
  tape.frames = flapping_frames(dice_, 20 + dice_.below(280));
  tape.kept = complete_ ? 0 : 20;
  tasks_[task] = incarnation;
  figures_.count("frames", tape.frames.size());
  write_task(task, fmt::to_string(incarnation));
}

void World::delete_task(const std::string& task) {
  tasks_.erase(task);
  write_task(task, std::nullopt);
}

void World::write_task(const std::string& task, const std::optional<std::string>& value) {
  trace(fmt::format("task {} {}", task, value.value_or("deleted")));
  broker_.set_full(false);
  std::ignore = broker_.execute(Cas{"task/" + task, 0, value, true});
}

// ---- faults

void World::on_moment(Process& process) {
  if (calm_ || faults_left_ == 0 || !dice_.chance(at_each_moment_)) return;
  --faults_left_;
  switch (dice_.below(run_.faults == Faults::kAll ? 4 : 2)) {
    case 0:
    case 1:
      broker_fault();
      break;
    case 2:
      kill(process.machine());
      break;
    default:
      freeze(process.machine());
  }
}

void World::plan_faults() {
  at_each_moment_ = 0.01 * static_cast<double>(dice_.below(3));
  const auto planned = static_cast<int>(dice_.below(9));
  faults_left_ = static_cast<int>(dice_.below(9));
  for (int i = 0; i < planned; ++i) {
    timeline_.after(dice_.between(milliseconds(0), kCalmAfter), [this] { fault(); });
  }
}

void World::fault() {
  if (calm_) return;
  if (run_.faults == Faults::kBroker) {
    broker_fault();
    return;
  }
  const auto nodes = running();
  const auto any = [&] { return nodes[dice_.below(nodes.size())]->name(); };
  if (nodes.empty()) return;
  switch (dice_.below(9)) {
    case 0:
      kill(any());
      break;
    case 1:
      freeze(any());
      break;
    case 2:
    case 3:
      broker_fault();
      break;
    case 4: {
      const std::string name = any();
      trace("cut off: " + name);
      figures_.count("fault: node cut off");
      network_.cut(name);
      timeline_.after(dice_.between(milliseconds(300), milliseconds(5000)),
                      [this, name] { network_.heal(name); });
      break;
    }
    case 5:
      trace("the disk is full");
      figures_.count("fault: disk full");
      broker_.set_full(true);
      timeline_.after(dice_.between(milliseconds(200), milliseconds(3000)),
                      [this] { broker_.set_full(false); });
      break;
    case 6: {
      const std::string name = any();
      trace("is to stop: " + name);
      figures_.count("planned stops");
      machines_[name].node->stop();
      break;
    }
    case 7: {
      const std::string name = fmt::format("n{}", machines_.size());
      figures_.count("joins");
      start_node(name);
      break;
    }
    default: {
      if (tasks_.empty()) return;
      auto task = tasks_.begin();
      std::advance(task, dice_.below(tasks_.size()));
      const std::string name = task->first;
      figures_.count("tasks deleted");
      delete_task(name);
      if (dice_.chance(0.6)) {
        figures_.count("tasks created again");
        timeline_.after(dice_.between(milliseconds(0), milliseconds(2000)),
                        [this, name] { create_task(name); });
      }
    }
  }
}

void World::broker_fault() {
  if (!network_.broker_up() || network_.broker_frozen()) return;
  // Members tell an outage from a death when they see each other between two outages.
  if (run_.faults == Faults::kBroker && timeline_.now() < broker_well_since_ + kBetweenOutages) return;
  if (dice_.chance(0.5)) {
    trace("the broker crashes");
    figures_.count("fault: broker crash");
    network_.crash_broker();
    timeline_.after(dice_.between(milliseconds(50), milliseconds(3000)), [this] {
      trace("the broker is back");
      network_.start_broker();
      broker_well_since_ = timeline_.now();
    });
  } else {
    trace("the broker freezes");
    figures_.count("fault: broker frozen");
    network_.freeze_broker();
    timeline_.after(dice_.between(milliseconds(50), milliseconds(4000)), [this] {
      if (!network_.broker_frozen()) return;
      trace("the broker thaws");
      network_.thaw_broker();
      broker_well_since_ = timeline_.now();
    });
  }
}

void World::kill(const std::string& name) {
  if (!machines_[name].node) return;
  trace("killed: " + name);
  figures_.count("fault: node killed");
  end_process(name);
  if (dice_.chance(0.2)) return;
  timeline_.after(dice_.between(milliseconds(50), milliseconds(3000)), [this, name] {
    if (!machines_[name].node) start_node(name);
  });
}

void World::freeze(const std::string& name) {
  Node* node = machines_[name].node.get();
  if (node == nullptr || !node->process().alive() || node->process().frozen()) return;
  trace("frozen: " + name);
  figures_.count("fault: node frozen");
  node->process().freeze();
  const Duration nap = dice_.chance(0.5) ? dice_.between(milliseconds(50), milliseconds(1200))
                                         : dice_.between(milliseconds(1200), milliseconds(6000));
  timeline_.after(nap, [this, node] {
    trace("thaws: " + node->name());
    node->process().thaw();
  });
}

void World::calm_down() {
  trace("calm");
  calm_ = true;
  network_.calm();
  const auto nodes = running();
  const bool somebody_stays =
      std::any_of(nodes.begin(), nodes.end(), [](const Node* node) { return !node->stopping(); });
  if (!somebody_stays) start_node(fmt::format("n{}", machines_.size()));
}

// ---- what must hold

std::string World::unsettled() {
  for (const auto& [task, incarnation] : tasks_) {
    if (auto why = unsettled(task, incarnation); !why.empty()) return why;
  }
  for (const auto& [key, entry] : broker_.entries()) {
    if (!key.starts_with("st/")) continue;
    if (!tasks_.contains(key.substr(3, key.rfind('/') - 3))) return key + " is left behind";
  }
  return audit_.missing();
}

std::string World::unsettled(const std::string& task, std::uint64_t incarnation) {
  const std::string key = key_of(task);
  std::vector<ownership::Candidate> candidates;
  for (const Node* node : running()) candidates.push_back({node->name(), 1});
  const std::string should = ownership::owner_of(key, candidates);
  const auto entry = broker_.entries().find(key);
  if (entry == broker_.entries().end()) return fmt::format("{} is nobody's, should be {}'s", key, should);
  const auto state = *decode<OwnedState>(entry->second.value);
  if (state.owner != should) return fmt::format("{} is {}'s, should be {}'s", key, state.owner, should);
  for (const Node* node : running()) {
    if (node->name() != should && node->owns(task))
      return fmt::format("{} believes to own {}", node->name(), key);
    if (node->name() == should && !node->works_on(task))
      return fmt::format("{} does not work on {}", should, key);
  }
  if (!state.outbox.empty()) return fmt::format("{} has decisions in its outbox", key);
  const Filter filter = Filter::decoded(state.state).value();
  const std::uint64_t frames = tapes_.at({task, incarnation}).frames.size();
  if (filter.incarnation != incarnation) return fmt::format("{} is in an older life of its task", key);
  if (filter.position != frames) return fmt::format("{} is at frame {} of {}", key, filter.position, frames);
  if (filter.processed + filter.lost != frames) {
    return fmt::format("{}: {} processed and {} lost of {}", key, filter.processed, filter.lost, frames);
  }
  if (complete_ && filter.lost != 0) return fmt::format("{}: {} lost", key, filter.lost);
  return {};
}

std::string World::wrong_decisions() const {
  if (!complete_) return audit_.uncommitted();
  std::set<std::string> expected, possible;
  for (const auto& [life, tape] : tapes_) {
    const auto& [task, incarnation] = life;
    const auto still = tasks_.find(task);
    const bool to_the_end = still != tasks_.end() && still->second == incarnation;
    for (const std::string& decision : expected_decisions(tape.frames)) {
      const std::string name = fmt::format("{}|{}|{}", task, incarnation, decision);
      possible.insert(name);
      if (to_the_end) expected.insert(name);
    }
  }
  for (const std::string& name : expected) {
    if (!audit_.enqueued().contains(name)) return fmt::format("{} is not decided", name);
  }
  for (const auto& [name, id] : audit_.enqueued()) {
    if (!possible.contains(name)) return fmt::format("{} is decided and should not be", name);
  }
  return audit_.uncommitted();
}

// ---- the course of it

Outcome World::run() {
  complete_ = dice_.chance(0.5);
  const auto nodes = 1 + dice_.below(4);
  const auto tasks = 1 + dice_.below(4);
  for (std::uint64_t i = 0; i < nodes; ++i) start_node(fmt::format("n{}", i));
  const Time start = timeline_.now();
  for (std::uint64_t i = 0; i < tasks; ++i) {
    timeline_.after(dice_.between(milliseconds(0), milliseconds(1000)),
                    [this, i] { create_task(fmt::format("t{}", i)); });
  }
  const bool gentle = run_.faults == Faults::kBroker;
  timeline_.after(gentle ? milliseconds(3000) : milliseconds(0), [this] {
    taken_away_in_the_beginning_ = audit_.taken_away();
    plan_faults();
  });
  timeline_.after(kCalmAfter, [this] { calm_down(); });
  Time look_at = start + kCalmAfter;
  std::string why;
  while (audit_.problems().empty() && timeline_.step()) {
    if (timeline_.now() < look_at) continue;
    look_at = timeline_.now() + kLookEvery;
    if (!calm_) continue;
    why = unsettled();
    if (why.empty() && network_.under_way() == 0) break;
    if (timeline_.now() > start + kCalmAfter + kSettleWithin) break;
  }
  Outcome outcome;
  if (!audit_.problems().empty()) {
    outcome.problem = audit_.problems().front();
  } else if (!why.empty()) {
    outcome.problem = fmt::format("not settled in time: {}", why);
  } else if (gentle && audit_.taken_away() != taken_away_in_the_beginning_) {
    outcome.problem = "faults of the broker alone took work from its owner";
  } else {
    outcome.problem = wrong_decisions();
  }
  figures_.count("runs");
  figures_.count("virtual seconds",
                 static_cast<std::uint64_t>((timeline_.now() - start) / std::chrono::seconds(1)));
  outcome.figures = figures_;
  return outcome;
}

}  // namespace

Outcome simulate(const Run& run, const std::function<void(const std::string&)>& trace) {
  return World(run, trace).run();
}

}  // namespace stream::simulation
