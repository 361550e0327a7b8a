// <data-dir>/run/nodes.json: who runs where, for people, scripts and tests.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::server {

// One node as the file shows it.
struct NodeState {
  std::string name;
  std::string role;
  bool ready = false;
  pid_t pid = 0;        // 0: does not run just now
  std::string address;  // host:port it serves; empty: none
  std::string admin;    // host:port of /metrics, /healthz, /readyz; empty: not known yet
  std::uint32_t restarts = 0;
};

// Confined to one thread.
class NodesFile {
 public:
  explicit NodesFile(const std::filesystem::path& data_dir) : file_(data_dir / "run" / "nodes.json") {}
  NodesFile(const NodesFile&) = delete;
  NodesFile& operator=(const NodesFile&) = delete;
  // Removes the file if it was written here: another server's stays.
  ~NodesFile();

  // Replaces the file in one step: a reader sees the old or the new one. Makes the folder (0700) if the
  // broker, which has its sockets there unless it is told otherwise, has not.
  Status write(const std::vector<NodeState>& nodes);

 private:
  const std::filesystem::path file_;
  bool written_ = false;
};

}  // namespace stream::server
