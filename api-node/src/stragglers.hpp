// What stream processes leave behind: processes they started that live on, in a group or session of their own
// or not.
//
// Each stream process gets a mark in its environment, which everything it starts inherits.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

namespace stream::api {

// The environment variable that marks them.
inline constexpr const char* kStragglerMark = "STREAM_TASK_FOLDER";
// Its value: which api-node started the process, and the folder of what it runs.
std::string straggler_mark(const std::string& api_node, const std::filesystem::path& folder);

// Of the process with this id; empty when it has none, or is gone.
std::string mark_of(pid_t pid);

// The processes of this user whose mark is that of `folder` or of one below it, and which one that is. Costs
// a look at every process of the machine.
std::map<pid_t, std::filesystem::path> find_marked(const std::string& api_node,
                                                   const std::filesystem::path& folder);
// Kills them (SIGKILL) until none is left, at most ten rounds. How many there were.
std::size_t kill_stragglers(const std::string& api_node, const std::filesystem::path& folder);

}  // namespace stream::api
