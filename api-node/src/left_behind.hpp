// The stream processes that a former api-node of this name has left: found again by what it wrote down, to be
// taken over by the tasks they belong to; the rest is ended.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "process_record.hpp"
#include "stream_process.hpp"

namespace stream::api {

// Confined to one thread.
class LeftBehind {
 public:
  struct Found {
    ProcessRecord record;
    AdoptedProcess process;
  };

  // Looks at the records in `data_dir` (tasks/<task>/<n>/process.json, shared/<name>/process.json) and at
  // every process of the machine. What carries this node's mark and is no process of a record, nor was
  // started by one, is killed at once.
  LeftBehind(std::string api_node, std::filesystem::path data_dir);

  // How many were killed by the constructor.
  std::size_t killed() const { return killed_; }
  // The process that runs in this folder; the caller has it from now on.
  std::optional<Found> take(const std::filesystem::path& folder);
  // What was written down of the process that ran in this folder and has ended since, when nobody watched it;
  // once.
  std::optional<ProcessRecord> take_gone(const std::filesystem::path& folder);
  // Kills what nobody has taken, and what that has started. How many processes that were.
  std::size_t end_the_rest();

 private:
  void kill_unrecorded();
  void find(const std::filesystem::path& folder);

  const std::string api_node_;
  const std::filesystem::path data_dir_;
  std::map<std::filesystem::path, Found> found_;         // by folder
  std::map<std::filesystem::path, ProcessRecord> gone_;  // by folder
  std::size_t killed_ = 0;
};

}  // namespace stream::api
