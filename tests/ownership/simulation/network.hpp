// The way between the processes and the broker: latency, and everything that can go wrong on it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker.hpp"
#include "dice.hpp"
#include "figures.hpp"
#include "process.hpp"
#include "timeline.hpp"

namespace stream::simulation {

// The moments of a call; at each a fault may be put in.
enum class Moment { kBeforeSending, kSent, kBeforeExecution, kExecuted, kAnswered };

struct NetworkOptions {
  milliseconds request_timeout{1000};
  double lost = 0;               // requests
  double answer_lost = 0;        // done, but nobody hears of it
  double late = 0;               // done long after the time-out
  double late_when_cut_off = 0;  // what is asked without a connection, whenever it comes back
};

// Confined to one thread.
class Network {
 public:
  // `on_moment` may kill and freeze the process, and crash and freeze the broker.
  Network(Timeline& timeline, Dice& dice, Broker& broker, Figures& figures, const NetworkOptions& options,
          std::function<void(Process&, Moment)> on_moment)
      : timeline_(timeline),
        dice_(dice),
        broker_(broker),
        figures_(figures),
        options_(options),
        on_moment_(std::move(on_moment)) {}

  // `done` gets no reply when none came in time: then nobody knows whether it was done, or will be.
  using Done = std::function<void(const std::optional<Reply>&)>;
  void call(Process& from, Request request, Done done);
  void watch(Process& by, std::string prefix, std::function<void(const bus::Watch::Changes&)> on_changes);
  // Something was written: the watches find out.
  void key_changed(const std::string& key);

  void cut(const std::string& machine) { cut_.insert(machine); }
  void heal(const std::string& machine);
  // Requests it has not executed are lost; who waits for an answer hears soon that there will be none.
  void crash_broker();
  void start_broker();
  // What arrives is executed when it thaws, whoever still waits.
  void freeze_broker() { broker_frozen_ = true; }
  void thaw_broker();
  bool broker_up() const { return broker_up_; }
  bool broker_frozen() const { return broker_frozen_; }
  // From now on nothing is lost or late by chance.
  void calm() { options_.lost = options_.answer_lost = options_.late = 0; }
  // Requests that are still on their way or in the broker's inbox.
  std::size_t under_way() const { return under_way_; }

 private:
  struct Call {
    std::shared_ptr<Process> from;
    Request request;
    Done done;
    bool finished = false;
  };
  struct Watcher {
    std::shared_ptr<Process> by;
    std::string prefix;
    std::function<void(const bus::Watch::Changes&)> on_changes;
    Broker::Cursor cursor;
    bool looks = false;
  };

  bool reaches(const std::string& machine) const { return broker_up_ && !cut_.contains(machine); }
  void connect();
  void send(const std::shared_ptr<Call>& call, Duration latency);
  void arrive(const std::shared_ptr<Call>& call);
  void execute(const std::shared_ptr<Call>& call);
  void finish(const std::shared_ptr<Call>& call, const std::optional<Reply>& reply);
  void look(const std::shared_ptr<Watcher>& watcher, Duration delay);
  Duration latency();

  Timeline& timeline_;
  Dice& dice_;
  Broker& broker_;
  Figures& figures_;
  NetworkOptions options_;
  const std::function<void(Process&, Moment)> on_moment_;

  bool broker_up_ = true;
  bool broker_frozen_ = false;
  std::set<std::string> cut_;
  std::vector<std::shared_ptr<Call>> inbox_;        // of the frozen broker
  std::vector<std::weak_ptr<Call>> waiting_;        // for an answer
  std::vector<std::shared_ptr<Call>> unconnected_;  // to be sent when there is a connection
  std::vector<std::shared_ptr<Watcher>> watchers_;
  std::size_t under_way_ = 0;
};

}  // namespace stream::simulation
