// Several hosts on one machine: network namespaces, each with an address of its own, on one switch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::hosts {

// Confined to one thread. The calling process goes into a namespace of its own, where the switch is, so that
// nothing of it touches the machine's network, and stays there. The names of the others begin with
// "stream-<pid>-"; they are removed at the end, and by the next one when a process was killed before that.
class HostNetwork {
 public:
  // Where our own process is reached by the hosts.
  static constexpr const char* kOwnAddress = "10.77.0.1";

  // Before the process has further threads. kUnavailable with the reason where there cannot be one: this
  // takes root, and a kernel that lets it.
  static Result<std::unique_ptr<HostNetwork>> create();
  ~HostNetwork();
  HostNetwork(const HostNetwork&) = delete;
  HostNetwork& operator=(const HostNetwork&) = delete;

  // Adds a host; `number`, 2 to 254, is the last part of its address. REQUIRES: a new name of at most 8
  // characters.
  Status add(const std::string& name, int number);
  static std::string address_of(int number);
  // What stands before a command that is to run on this host; [0] is a path.
  std::vector<std::string> command_on(const std::string& name) const;

  // Takes the host's cable out, and puts it in again. Connections are not told.
  Status cut(const std::string& name);
  Status heal(const std::string& name);

 private:
  HostNetwork() = default;
  std::string namespace_of(const std::string& name) const;

  std::vector<std::string> hosts_;
};

}  // namespace stream::hosts
