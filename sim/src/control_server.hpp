// The HTTP control port of a stream process (http_listen): POST /stream/addChannel and /stream/stopChannel.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "demo_config.hpp"
#include "stream/common/result.hpp"

namespace stream::sim {

// Serves until it is destroyed. On cpp-httplib's server, as the real one: that is where SO_REUSEPORT comes
// from, by which all stream processes on a machine share port 8000 when they are not told another.
class ControlServer {
 public:
  struct Handlers {
    std::function<Status(const ChannelConfig& channel)> add;
    std::function<Status(int channel_id)> stop;
  };

  // kUnavailable when it cannot listen there. The handlers run on a thread of the server.
  static Result<std::unique_ptr<ControlServer>> start(const HttpTarget& listen, Handlers handlers);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  struct Impl;
  explicit ControlServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace stream::sim
