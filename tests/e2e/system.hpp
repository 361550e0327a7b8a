// The whole system under test: stream-server with real nodes, a fake installation whose stream process is
// stream-sim, and an alarm receiver that behaves like application-web's. Everything in a folder of its own,
// on ports picked at run time, gone at the end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "stream/common/process.hpp"
#include "stream/receiver/receiver.hpp"
#include "stream/test/tcp_client.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::e2e {

struct SystemOptions {
  int logic_nodes = 1;
  int reporter_nodes = 1;
  int ingest_nodes = 1;
  std::vector<std::string> settings;               // node.key=value
  std::map<std::string, std::string> environment;  // of stream-server and so of all nodes
  std::filesystem::path data_dir;                  // empty: in the system's own folder
  std::filesystem::path logic_program;             // in place of stream-logic; empty: stream-logic itself
  std::filesystem::path stream_main;               // runs in place of stream-sim; empty: stream-sim itself
};

// A process that ended but was not reaped by anybody counts as gone.
bool is_alive(pid_t pid);

// Confined to one thread. Construction starts everything and waits until stream-server says it is ready; when
// that fails the test fails with the log.
class System {
 public:
  explicit System(const SystemOptions& options = {});
  ~System();  // prints the log when the test has failed
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  // POST to the api-node; the answer must be HTTP 200 with a JSON object.
  nlohmann::json api(const std::string& path, const nlohmann::json& body);
  nlohmann::json api_raw(const std::string& path, const std::string& body);

  // A create as application-web sends it, reporting to our receiver.
  nlohmann::json task(const std::string& id, int type, const std::string& address, int detect_interval) const;

  // The sum of a counter over all nodes of a role; `labels` is a part of the label text, e.g. reason="full".
  double metric(const std::string& role, const std::string& name, const std::string& labels = "") const;
  // How many nodes of a role have counted something.
  int nodes_that_count(const std::string& role, const std::string& name) const;

  // run/nodes.json, one entry a node.
  nlohmann::json nodes() const;
  std::uint16_t api_port() const;
  const std::filesystem::path& data_dir() const { return data_dir_; }
  // For files of the test; gone with the system.
  const std::filesystem::path& folder() const { return folder_.path(); }
  Process& server() { return *server_; }
  // stream-server has ended, however; starts it again with the same arguments and waits until it is ready.
  void start_again();
  std::string log() const;
  // Of the one node of a role; 0 when it does not run just now.
  pid_t pid_of(const std::string& role) const;
  // All that runs for this system with the command line of a stream process, forks of one included.
  std::set<pid_t> stream_processes() const;
  // With --api added. Both outputs together.
  struct Outcome {
    int exit_code = -1;
    std::string output;
  };
  Outcome streamctl(std::vector<std::string> arguments) const;
  std::string receiver_url() const { return receiver_->url(); }

  // Copies of what the receiver stored so far, in order.
  std::vector<receiver::ReceivedAlarm> alarms() const;

  // Waits until the stream processes of `tasks` have played their source to the end and all that came of it,
  // `frames` frames, was decided on.
  void wait_until_processed(const std::vector<std::string>& tasks, double frames);
  // Waits until all that was decided is delivered. Not when a node was killed: it took its counters along.
  void wait_until_delivered();

 private:
  void start_server();
  // By node of the role.
  std::vector<double> metrics(const std::string& role, const std::string& name,
                              const std::string& labels) const;

  test::TemporaryFolder folder_;
  const std::filesystem::path data_dir_;
  const std::filesystem::path log_file_;
  mutable std::mutex mutex_;  // guards alarms_
  std::vector<receiver::ReceivedAlarm> alarms_;
  std::unique_ptr<receiver::Receiver> receiver_;
  ProcessOptions server_options_;
  std::optional<Process> server_;
};

}  // namespace stream::e2e
