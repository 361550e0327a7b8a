// The HTTP control port of a stream process (http_listen): POST /stream/addChannel and /stream/stopChannel.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "demo_config.hpp"
#include "stream/common/result.hpp"

namespace stream::sim {

// The body of /stream/stopChannel.
struct StopRequest {
  int channel_id = 0;
  int graph_id = 0;
};

// Serves until it is destroyed. On cpp-httplib's server, as the real one: that is where SO_REUSEPORT comes
// from, by which all stream processes on a machine share port 8000 when they are not told another.
//
// Answers as the real one does: with HTTP 200 and {"Code":0,"Msg":"success","Result":null} for every request
// that has the members it needs, whatever becomes of it; `Code` 5008 when one of those is missing; HTTP 500
// without a body for what is not JSON or has a member of the wrong type.
class ControlServer {
 public:
  struct Handlers {
    std::function<void(const ChannelConfig& channel)> add;
    std::function<void(const StopRequest& request)> stop;
    // Else every request is answered with 404. Empty: always.
    std::function<bool()> is_there{};
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
