// Which process runs an algorithm of a task, written down beside its configuration, so that a later api-node
// finds it again.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::api {

// Names one process of this machine for ever: a pid alone comes again.
struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;       // since the boot, /proc/<pid>/stat field 22
  std::string boot_id;                 // of the machine
  std::vector<std::string> arguments;  // its command line
  bool operator==(const ProcessIdentity&) const = default;
};

// Of a process that is there; empty when there is none, or when it has ended and was not reaped.
std::optional<ProcessIdentity> identify_process(pid_t pid);

struct ProcessRecord {
  ProcessIdentity process;
  std::uint16_t control_port = 0;
  std::string ingest_address;   // where it was told to post
  std::int64_t started_us = 0;  // UNIX time
  std::uint32_t restarts = 0;   // StreamStatus::restarts when it started
  // How long the log was when it started: what comes behind is its own. Empty: a former release wrote this.
  std::optional<std::uint64_t> log_from{};
  bool operator==(const ProcessRecord&) const = default;
};

// <folder>/process.json, replaced as a whole. kUnavailable with the system's reason.
Status write_process_record(const std::filesystem::path& folder, const ProcessRecord& record);
// Empty when there is none. kInvalid, with what is wrong, when it cannot be read.
Result<std::optional<ProcessRecord>> read_process_record(const std::filesystem::path& folder);
// That there is none is fine.
void remove_process_record(const std::filesystem::path& folder);

}  // namespace stream::api
