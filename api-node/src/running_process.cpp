#include "running_process.hpp"

#include <chrono>
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
  const auto log_from = OutputLog::length(log_file());
  fail_point("api.before_launch");
  auto launch = !port ? Result<Launch>(tl::unexpected(port.error())) : prepare(*port);
  auto process = launch.and_then(
      [&](const Launch& prepared) { return tools_.launcher.launch(api_node_, folder_, prepared); });
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
                                std::uint64_t log_from) {
  process_ = std::move(process);
  port_ = port;
  ingest_address_ = std::move(ingest_address);
  disk_full_ = false;
  resident_bytes_ = 0;
  log_from_ = log_from;
  auto output = OutputLog::open(log_file(), log_from);
  if (output) {
    output_ = std::move(*output);
  } else {
    output_.reset();
    log::warn("stream_log_unreadable", {{"reason", output.error().message}});
  }
  tools_.gate.on_process();
}

// Without it a later api-node would end the process as one that nobody knows.
void RunningProcess::write_record(std::uint32_t restarts) const {
  const auto identity = identify_process(pid());
  if (!identity) return;  // it has ended already
  const auto written =
      write_process_record(folder_, {*identity, port_, ingest_address_, unix_us(), restarts, log_from_});
  if (!written) log::warn("process_record_not_written", {{"reason", written.error().message}});
}

std::optional<ProcessRecord> RunningProcess::adopt() {
  auto found = tools_.left.take(folder_);
  if (!found) return std::nullopt;
  const ProcessRecord& known = found->record;
  tools_.ports.claim(known.control_port);
  launch_.reset();
  const auto log_from = OutputLog::length(log_file());
  go_on_with(StreamProcess(std::move(found->process)), known.control_port, known.ingest_address, log_from);
  tools_.adopted.add();
  return known;
}

std::optional<ProcessRecord> RunningProcess::find_ended() {
  return tools_.left.take_gone(folder_);
}

void RunningProcess::read_earlier_log(const ProcessRecord& known,
                                      const std::function<void(std::string_view)>& take_line) const {
  if (!known.log_from) return;
  if (auto log = OutputLog::open(log_file(), *known.log_from)) log->read(take_line);
}

std::optional<ProcessEnd> RunningProcess::poll() {
  if (!process_) return std::nullopt;
  const auto end = process_->poll();
  if (!end) return std::nullopt;
  process_.reset();
  tools_.gate.on_end();
  remove_process_record(folder_);
  if (const auto killed = kill_stragglers(api_node_, folder_); killed > 0) {
    log::warn("stragglers_killed", {{"folder", folder_.string()}, {"processes", killed}});
  }
  tools_.ports.give_back(port_);
  tools_.exited.add();
  return end;
}

bool RunningProcess::is_too_large() const {
  const std::uint64_t limit = tools_.options.memory_limit_bytes;
  return limit != 0 && resident_bytes() > limit;
}

void RunningProcess::follow_log(const std::string& address,
                                const std::function<void(std::string_view)>& take_line) {
  if (process_) resident_bytes_ = process_->resident_bytes();
  if (!output_) return;
  output_->read(take_line);
  output_->keep_short(tools_.options.log_limit_bytes, address);
  disk_full_ = output_->is_full();
}

}  // namespace stream::api
