#include "running_process.hpp"

#include <chrono>
#include <csignal>
#include <utility>

#include "stragglers.hpp"
#include "stream/common/clock.hpp"
#include "stream/common/fail_point.hpp"
#include "stream/common/log.hpp"
#include "stream/common/secrets.hpp"

namespace stream::api {
RunningProcess::RunningProcess(RunnerTools& tools, std::string api_node, std::filesystem::path folder)
    : tools_(tools), api_node_(std::move(api_node)), folder_(std::move(folder)) {}

RunningProcess::~RunningProcess() {
  if (process_) tools_.gate.on_end();
}

Status RunningProcess::start(const Prepare& prepare, const std::string& ingest_address) {
  auto port = tools_.ports.take();
  const auto log_from = OutputLog::end_line(log_file());
  fail_point("api.before_launch");
  auto launch = !port ? Result<Launch>(tl::unexpected(port.error())) : prepare(*port);
  auto process = launch.and_then([&](const Launch& prepared) -> Result<Process> {
    if (auto noted = note_secrets(prepared.files); !noted) return tl::unexpected(noted.error());
    return tools_.launcher.launch(api_node_, folder_, prepared);
  });
  if (!process) {
    if (port) tools_.ports.give_back(*port);
    tools_.start_failures.add();
    return fail(process.error().code, "{}", mask_secrets(process.error().message));
  }
  fail_point("api.after_launch");
  launch_ = *std::move(launch);
  go_on_with(StreamProcess(std::move(*process)), *port, ingest_address, log_from);
  tools_.gate.on_start(std::chrono::steady_clock::now());
  tools_.started.add();
  return {};
}

void RunningProcess::go_on_with(StreamProcess process, std::uint16_t port, std::string ingest_address,
                                std::optional<std::uint64_t> log_from) {
  process_ = std::move(process);
  port_ = port;
  ingest_address_ = std::move(ingest_address);
  disk_full_ = false;
  resident_bytes_ = 0;
  log_from_ = log_from.value_or(0);
  output_.reset();
  if (const auto opened = open_log(log_from); !opened) {
    log::warn("stream_log_unreadable", {{"reason", opened.error().message}});
  }
  tools_.gate.on_process();
}

Status RunningProcess::open_log(std::optional<std::uint64_t> from) {
  auto output = OutputLog::open(pid(), log_file(), from);
  if (!output) return tl::unexpected(output.error());
  output_ = std::move(*output);
  return {};
}

// ---- what its log must not show

// When they cannot be read nobody knows what must not be shown of the log, so it goes.
void RunningProcess::load_secrets() {
  if (secrets_) return;
  auto loaded = LogSecrets::load(folder_);
  if (!loaded) {
    log::warn("stream_log_removed", {{"reason", loaded.error().message}});
    std::error_code ignored;
    std::filesystem::remove(log_file(), ignored);
    std::filesystem::remove(former_log(log_file()), ignored);
    secrets_unsaved_ = true;
  }
  secrets_ = std::move(loaded).value_or(LogSecrets());
}

Status RunningProcess::note_secrets(const nlohmann::json& config) {
  load_secrets();
  if (secrets_->note(config)) secrets_unsaved_ = true;
  return save_secrets();
}

Status RunningProcess::save_secrets() {
  if (!secrets_unsaved_) return {};
  auto saved = secrets_->save(folder_);
  secrets_unsaved_ = !saved;
  return saved;
}

// Without it a later api-node would end the process as one that nobody knows.
void RunningProcess::write_record(std::uint32_t restarts) {
  const auto identity = identify_process(pid());
  if (!identity) return;  // it has ended already
  unwritten_ = ProcessRecord{*identity, port_, ingest_address_, unix_us(), restarts, log_from_};
  next_write_ = {};
  try_to_write_record();
}

void RunningProcess::try_to_write_record() {
  constexpr std::chrono::seconds kPause{1};
  const auto now = std::chrono::steady_clock::now();
  if (!unwritten_ || now < next_write_) return;
  const bool is_first = next_write_ == std::chrono::steady_clock::time_point{};
  next_write_ = now + kPause;
  if (const auto written = write_process_record(folder_, *unwritten_)) {
    unwritten_.reset();
    if (!is_first) log::info("process_record_written", {{"folder", folder_.string()}});
  } else if (is_first) {
    log::warn("process_record_not_written", {{"reason", written.error().message}});
  }
}

std::optional<ProcessRecord> RunningProcess::adopt() {
  auto found = tools_.left.take(folder_);
  if (!found) {
    OutputLog::end_line(log_file());
    return std::nullopt;
  }
  const ProcessRecord& known = found->record;
  tools_.ports.claim(known.control_port);
  launch_.reset();
  adopted_arguments_ = known.process.arguments;
  go_on_with(StreamProcess(std::move(found->process)), known.control_port, known.ingest_address,
             std::nullopt);
  (void)note_secrets(read_stream_config(folder_ / "config"));  // tried again with its log
  tools_.adopted.add();
  return known;
}

std::optional<ProcessRecord> RunningProcess::find_ended() {
  return tools_.left.take_gone(folder_);
}

void RunningProcess::read_earlier_log(const ProcessRecord& known,
                                      const std::function<void(std::string_view)>& take_line) const {
  if (!known.log_from) return;
  if (auto log = OutputLog::open(known.process.pid, log_file(), *known.log_from)) log->read(take_line);
}

bool RunningProcess::was_started_with(const Launch& launch) const {
  if (launch_) return *launch_ == launch;
  return is_there() && launch.command == adopted_arguments_ &&
         is_stream_config(folder_ / "config", launch.files);
}

std::optional<ProcessEnd> RunningProcess::poll() {
  if (!process_) return std::nullopt;
  if (tools_.kills) process_->signal(SIGKILL);
  const auto end = process_->poll();
  if (!end) {
    try_to_write_record();
    return std::nullopt;
  }
  process_.reset();
  unwritten_.reset();
  tools_.gate.on_end();
  remove_process_record(folder_);
  if (const auto killed = kill_stragglers(api_node_, folder_); killed > 0) {
    log::warn("stragglers_killed", {{"folder", folder_.string()}, {"processes", killed}});
  }
  OutputLog::end_line(log_file());
  tools_.ports.give_back(port_);
  tools_.exited.add();
  return end;
}

bool RunningProcess::is_too_large() const {
  const std::uint64_t limit = tools_.options.memory_limit_bytes;
  return limit != 0 && resident_bytes() > limit;
}

void RunningProcess::follow_log(const std::function<void(std::string_view)>& take_line) {
  if (process_) resident_bytes_ = process_->resident_bytes();
  if (!output_ && !(process_ && open_log(std::nullopt))) return;
  // Those that could not be written: the log is on the same file system, so it does not have them either.
  (void)save_secrets();
  output_->read(take_line);
  output_->keep_short(tools_.options.log_limit_bytes, *secrets_);
  disk_full_ = output_->is_full();
}

}  // namespace stream::api
