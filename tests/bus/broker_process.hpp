// The real stream-broker in a temporary folder.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "stream/bus/bus.hpp"
#include "stream/bus/zmq_bus.hpp"
#include "stream/common/process.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::bus {

// Starts in the constructor and is ready when it returns; killed in the destructor at the latest.
class BrokerProcess {
 public:
  // `settings` become --set key=value.
  explicit BrokerProcess(std::map<std::string, std::string> settings = {});

  // A bus that has reached the broker.
  std::unique_ptr<Bus> connect() const;
  ZmqBusOptions options() const;
  std::filesystem::path data_dir() const { return folder_.path() / "data"; }
  std::filesystem::path log_file() const { return folder_.path() / "log"; }

  // SIGKILL: what is not on the disk now is gone.
  void kill();
  void start();
  Process& process() { return *process_; }

 private:
  test::TemporaryFolder folder_;
  std::map<std::string, std::string> settings_;
  std::optional<Process> process_;
};

}  // namespace stream::bus
