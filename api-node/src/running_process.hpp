// The stream process of one folder: started there or found there again, its output followed, and cleaned up
// after.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config_files.hpp"
#include "log_secrets.hpp"
#include "output_log.hpp"
#include "process_record.hpp"
#include "runner_tools.hpp"
#include "stream_launcher.hpp"
#include "stream_process.hpp"

namespace stream::api {

// One at a time, any number after each other. Confined to one thread. The destructor kills a child that still
// runs, and leaves an adopted process alone.
class RunningProcess {
 public:
  // What it is to be started with at this control port.
  using Prepare = std::function<Result<Launch>(std::uint16_t control_port)>;

  // `tools` must outlive it.
  RunningProcess(RunnerTools& tools, std::string api_node, std::filesystem::path folder);
  ~RunningProcess();
  RunningProcess(const RunningProcess&) = delete;
  RunningProcess& operator=(const RunningProcess&) = delete;

  // `ingest_address`: where it is told to post. Errors are masked. REQUIRES: !is_there().
  Status start(const Prepare& prepare, const std::string& ingest_address);
  // Writes down that it is there, so that a later api-node goes on with it. What cannot be written is tried
  // again by poll(), once a second.
  void write_record(std::uint32_t restarts);
  // Goes on with what a former api-node has left in the folder, as it was written down; nothing when there is
  // none. REQUIRES: !is_there().
  std::optional<ProcessRecord> adopt();
  // The same of one that has ended when no api-node watched it.
  std::optional<ProcessRecord> find_ended();
  // Gives the lines that it had written when it was found; of more than 1 MiB only the last 64 KiB.
  void read_earlier_log(const ProcessRecord& known,
                        const std::function<void(std::string_view)>& take_line) const;

  bool is_there() const { return process_.has_value(); }
  pid_t pid() const { return process_ ? process_->pid() : 0; }
  // How it ended, once; what it has left behind is gone by then.
  std::optional<ProcessEnd> poll();
  // REQUIRES: is_there().
  void signal(int number) { process_->signal(number); }

  // Gives the lines that came since the last call, and keeps the log short. Call it often, and
  // once after the end.
  void follow_log(const std::function<void(std::string_view)>& take_line);
  // The passwords in what it will be told are to be kept out of what is shown of its log, from now on and for
  // as long as there is the folder. What it is started with is noted anyway. When that cannot be written down
  // it is tried again with each follow_log().
  Status note_secrets(const nlohmann::json& config);
  // Memory that it uses, as of the last call of follow_log(); 0: not known, or it is not there.
  std::uint64_t resident_bytes() const { return process_ ? resident_bytes_ : 0; }
  // That is more than a process may use.
  bool is_too_large() const;
  // Its log cannot be written.
  bool disk_full() const { return disk_full_; }

  // Of the process that is there, or was last. What an adopted one was started with must be found out and
  // set.
  const std::optional<Launch>& launch() const { return launch_; }
  void set_launch(Launch launch) { launch_ = std::move(launch); }
  // Whether it was started with this; of an adopted one its command line and its files tell.
  bool was_started_with(const Launch& launch) const;
  std::uint16_t port() const { return port_; }
  const std::string& ingest_address() const { return ingest_address_; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  void try_to_write_record();
  void go_on_with(StreamProcess process, std::uint16_t port, std::string ingest_address,
                  std::optional<std::uint64_t> log_from);
  void load_secrets();
  Status save_secrets();
  Status open_log(std::optional<std::uint64_t> from);
  std::filesystem::path log_file() const { return stream_log(folder_); }

  RunnerTools& tools_;
  const std::string api_node_;
  const std::filesystem::path folder_;

  std::optional<StreamProcess> process_;
  std::optional<OutputLog> output_;
  std::uint64_t log_from_ = 0;         // where what it writes begins
  std::optional<LogSecrets> secrets_;  // from the first start or adoption on
  bool secrets_unsaved_ = false;
  std::optional<Launch> launch_;
  std::vector<std::string> adopted_arguments_;  // its command line, while launch_ is empty
  std::optional<ProcessRecord> unwritten_;      // what could not be written yet
  std::chrono::steady_clock::time_point next_write_{};
  std::uint16_t port_ = 0;
  std::string ingest_address_;
  bool disk_full_ = false;
  std::uint64_t resident_bytes_ = 0;
};

}  // namespace stream::api
