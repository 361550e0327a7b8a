// What every node's main has in common: flags, configuration, logs, readiness, stop.
//
//   int main(int argc, char** argv) {
//     stream::IngestConfig config;
//     stream::NodeFlags flags{"stream-ingest", "receives frames from stream processes"};
//     stream::ConfigTable table; config.describe(table);
//     if (auto exit_code = stream::start_node(argc, argv, flags, table)) return *exit_code;
//     ...build everything from config; on failure: return stream::node_failed(error);
//     stream::notify_ready("listen=0.0.0.0:10001 admin=127.0.0.1:9101");
//     stream::wait_for_stop();
//   }
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "stream/common/config.hpp"
#include "stream/common/result.hpp"

namespace stream {

// Exit codes of every program of the project.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

struct NodeFlags {
  std::string program;  // also the node's name in logs until --node-name says otherwise
  std::string purpose;  // one line for --help
  // What the keys by themselves cannot say, asked once they are read, by --check-config as well; empty:
  // nothing.
  std::function<Status()> check = {};
};

// Reads --config FILE, --set key=value (repeatable), --node-name NAME, --log-level LEVEL, and acts on
// --check-config, --print-config, --version and --help. Flags may be written with underscores, too. Any
// configuration key may also be given as a flag of its own: --ring-mib 64 is --set ring_mib=64. Blocks the
// stop signals and sets up logs. A number: exit with it now; empty: go on. Call first in main, before any
// thread exists.
std::optional<int> start_node(int argc, char** argv, const NodeFlags& flags, ConfigTable& table);

// The name from --node-name, else program and host name, else the program's name.
const std::string& node_name();

// Logs the reason and tells whoever started us: one line "FAILED <reason>" on the descriptor that
// STREAM_READY_FD named when start_node was called, if any. Returns kExitFailed.
int node_failed(const Error& error);

// Logs that we are ready and tells whoever started us: one line "READY <text>" on the same descriptor. Words
// name=value in the text are read by stream-server: listen=host:port is what the node serves, admin=host:port
// where /metrics is.
void notify_ready(std::string_view text);

// Waits for SIGINT or SIGTERM.
void wait_for_stop();

}  // namespace stream
