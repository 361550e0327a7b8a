// The whole system with report URLs of its own, nodes that can be killed, frozen and watched one by one, and
// a connection to its broker.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "feeder.hpp"
#include "form.hpp"
#include "ledger.hpp"
#include "script.hpp"
#include "stream/bus/bus.hpp"
#include "stream/bus/zmq_bus.hpp"
#include "system.hpp"

namespace stream::faults {

// Who owns a task's algorithm, as the key st/... says.
struct Ownership {
  std::string owner;
  std::uint64_t epoch = 0;
  bool operator==(const Ownership&) const = default;
};

// Confined to one thread.
class Cluster {
 public:
  // `broker`: where this class itself finds it; empty: in the data directory, as the nodes do.
  explicit Cluster(const e2e::SystemOptions& options = {}, std::optional<bus::ZmqBusOptions> broker = {});

  e2e::System& system() { return system_; }
  AlarmSink& sink() { return sink_; }
  bus::Bus& bus() { return *bus_; }
  // A bus of its own, for another thread or with other patience.
  std::unique_ptr<bus::Bus> connect(std::chrono::milliseconds request_timeout) const;

  // ---- nodes, by name ("broker", "api", "logic-1") or by role ("logic": all of them)
  std::vector<std::string> names(const std::string& role = "") const;
  pid_t pid(const std::string& name) const;  // 0: it does not run just now
  // SIGKILL, and waits until the process is gone. The time of the kill.
  Clock::time_point kill(const std::string& name);
  // It runs again and is ready.
  bool is_ready(const std::string& name) const;
  void signal(const std::string& name, int number);
  // How often stream-server started nodes again.
  int restarts() const;

  // ---- tasks
  // Asked until it is done, as a user would who gets no answer.
  void create(const nlohmann::json& task);
  void remove(const std::string& task);
  // Plays `script` at `fps`, reports to sink(); the test fails when the answer is not Code 0.
  void play(const std::string& task, const Script& script, double fps);
  // The same, but the frames come from this process. Needs a system whose stream processes do nothing
  // (idle_streams()).
  void feed(const std::string& task, const Script& script, double fps);
  static e2e::SystemOptions idle_streams(e2e::SystemOptions options = {});
  // Frames of all fed tasks: answered with 200; of unknown fate.
  std::int64_t frames_taken() const;
  std::int64_t frames_in_doubt() const;
  // From the moment an ingest-node took a frame until the POST of its alarm, of the alarms that `wanted`
  // picks.
  std::vector<Clock::duration> alarm_delays(const std::function<bool(const Posted&)>& wanted) const;
  nlohmann::json task(const std::string& id, const std::string& address,
                      const std::vector<std::string>& urls) const;
  // All stream processes of this system.
  std::set<pid_t> stream_processes() const { return system_.stream_processes(); }
  // By key. Empty when the broker does not answer.
  std::map<std::string, Ownership> owners();
  // What logic-nodes have counted of all tasks' frames.
  struct Frames {
    std::uint64_t processed = 0, lost = 0;
  };
  Frames frames();

  // ---- the end
  // Waits until each of the expected episodes was taken, and a little longer for what should not come; then
  // judges. Prints the details and fails the test when something is lost, wrong, decided twice, or sent again
  // without doubt.
  // Every frame of the scripts must have been processed, and none lost.
  Verdict expect_exact(std::chrono::milliseconds patience);
  // The same when an ingest-node was killed: what it had not passed on is gone, and each such frame may
  // change what becomes of each object. More than that must not be different.
  Verdict expect_explained(std::chrono::milliseconds patience);
  void doubt(Clock::time_point from, Clock::time_point to) { doubts_.push_back({from, to}); }
  // Stops everything and looks into the broker's database: "ok".
  std::string stop_and_check_database();

 private:
  nlohmann::json node(const std::string& name) const;
  nlohmann::json insist(const std::string& path, const nlohmann::json& body,
                        const std::function<bool(const nlohmann::json&)>& good);
  // Waits for all episodes and for what comes too often; `settled`: nothing more is to be expected.
  Verdict wait_and_judge(std::chrono::milliseconds patience, const std::function<bool()>& settled);

  AlarmSink sink_;
  e2e::System system_;
  const std::optional<bus::ZmqBusOptions> broker_;
  std::unique_ptr<bus::Bus> bus_;
  std::map<std::string, std::vector<Episode>> expected_;
  std::vector<Doubt> doubts_;
  std::uint64_t script_frames_ = 0;                         // of all tasks
  Clock::time_point feeding_until_;                         // if nothing holds the feeders up
  std::map<std::string, std::unique_ptr<Feeder>> feeders_;  // by task
};

// Enqueues messages of its own, one after the other, and remembers which were answered Stored.
class Probe {
 public:
  static constexpr const char* kQueue = "probe";

  explicit Probe(bus::Bus& bus) : bus_(bus) {}
  // True: the next message is stored.
  bool store();
  // How long it takes from now until one is stored; `limit` when none is.
  Clock::duration time_to_store(std::chrono::milliseconds limit);
  // Takes everything out of the queue: how many that were stored are missing. A message that was not answered
  // may be there or not.
  std::size_t missing();
  std::size_t stored() const { return stored_.size(); }

 private:
  bus::Bus& bus_;
  std::set<std::string> stored_;
  std::uint64_t number_ = 0;
};

using e2e::is_alive;
std::uint64_t resident_bytes(pid_t pid);
std::chrono::milliseconds cpu_time(pid_t pid);
// "ok", or what is wrong.
std::string check_database(const std::filesystem::path& file);

}  // namespace stream::faults
