// Nodes started one by one, as somebody with several hosts would: without stream-server, so that what ends
// stays away until it is started again.
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/common/process.hpp"
#include "stream/receiver/receiver.hpp"
#include "stream/schemas/messages.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::hosts {

// A machine, as seen from the test.
struct Host {
  std::string address = "127.0.0.1";
  std::vector<std::string> command;  // what stands before a program's path, e.g. ip netns exec ...
};

// One alarm's plate, and the frame in which it was decided.
struct Told {
  std::string plate;
  std::int64_t frame = 0;
  auto operator<=>(const Told&) const = default;
  // For a test that fails.
  friend void PrintTo(const Told& told, std::ostream* out) { *out << told.plate << '@' << told.frame; }
};

// A task with one algorithm, as one of the api-nodes tells it.
struct Seen {
  std::string node, state, reason;
  pid_t pid = 0;
  std::uint32_t restarts = 0;
  bool operator==(const Seen&) const = default;
  // For a test that fails.
  friend void PrintTo(const Seen& seen, std::ostream* out) {
    *out << seen.node << ' ' << seen.state << ' ' << seen.reason << " pid " << seen.pid << " restarts "
         << seen.restarts;
  }
};

// Confined to one thread. Everything in a folder of its own; stopped at the end. What cannot be started
// throws std::runtime_error with the reason.
class Nodes {
 public:
  // Starts the broker on `host`, over tcp with CURVE when the host is not ours, and an alarm receiver at
  // `own_address`, where the hosts reach the test.
  explicit Nodes(const Host& host = {}, const std::string& own_address = "127.0.0.1");
  ~Nodes();  // prints the log when the test has failed
  Nodes(const Nodes&) = delete;
  Nodes& operator=(const Nodes&) = delete;

  // Starts a node: role api, ingest, logic or reporter; settings key=value. On our own host it serves on a
  // port the system picks; on another an ingest-node listens on every address and advertises the host's.
  // Returns when it is a member.
  void start(const std::string& role, const std::string& name, const Host& host = {},
             const std::vector<std::string>& settings = {});
  Process& process(const std::string& name) { return *nodes_.at(name).process; }

  // Its record, when it has written one.
  std::optional<NodeRecord> record(const std::string& name);
  // Its record changes: it reaches the broker.
  bool is_heard(const std::string& name);
  // The logic-node that owns the task's first algorithm, as the KV says; empty: nobody.
  std::string owner(const std::string& task_id);
  // The sum of one node's counter over the label sets that hold `labels`; empty when it cannot be asked.
  std::optional<double> metric(const std::string& name, const std::string& counter,
                               const std::string& labels = "");

  // The record of a task, and its revision; empty: there is none.
  std::optional<std::pair<TaskRecord, bus::Revision>> task(const std::string& id);
  // The stream processes of all api-nodes that are alive, by task, wherever they run.
  std::multimap<std::string, pid_t> stream_processes() const;

  // POST /task/<verb> to an api-node. No JSON: no answer.
  nlohmann::json ask(const std::string& node, const std::string& verb, const nlohmann::json& body);
  Seen look(const std::string& node, const std::string& task_id);

  // POST to the api-node, with a JSON object as answer.
  nlohmann::json api(const std::string& path, const nlohmann::json& body);
  // A create for licence plates, 3 frames in and 5 out, reporting to our receiver.
  nlohmann::json plate_task(const std::string& id, const std::string& address) const;

  // No alarm waits for its delivery.
  bool is_all_delivered();

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::string log() const;
  // How many alarms the receiver stored so far.
  std::size_t alarms() const;
  // What was told of a task's plates, in order, repetitions included.
  std::vector<Told> told(const std::string& task_id) const;

 private:
  struct Node {
    std::string role;
    std::optional<Process> process;
  };

  Process launch(const std::string& program, const Host& host, std::vector<std::string> settings,
                 const std::vector<std::string>& flags = {});
  void make_keys();

  const test::TemporaryFolder folder_;
  const std::filesystem::path log_file_;
  const bool has_keys_;
  std::string control_, publish_, subscribe_;
  mutable std::mutex mutex_;  // guards alarms_
  std::vector<receiver::ReceivedAlarm> alarms_;
  std::unique_ptr<receiver::Receiver> receiver_;
  std::optional<Process> broker_;
  std::unique_ptr<bus::Bus> bus_;
  std::map<std::string, Node> nodes_;  // by name
};

}  // namespace stream::hosts
