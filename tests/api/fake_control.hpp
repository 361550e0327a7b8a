// The control port of a stream process that several tasks share, and what its ingest-node counts of them,
// both in the hands of a test.
#pragma once

#include <httplib.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/messages.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {

// Listens where a stream process was told to, and answers as it says.
class FakeControl {
 public:
  // "add <id>" or "drop <id>" -> HTTP status; 200 comes with Code 0.
  using Answer = std::function<int(const std::string& request)>;

  explicit FakeControl(
      std::uint16_t port, Answer answer = [](const std::string&) { return 200; })
      : answer_(std::move(answer)) {
    serve("/stream/addChannel", "add ");
    serve("/stream/stopChannel", "drop ");
    is_there_ = server_.bind_to_port("127.0.0.1", port);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    eventually([this] { return server_.is_running(); });
  }
  ~FakeControl() {
    server_.stop();
    thread_.join();
  }
  FakeControl(const FakeControl&) = delete;
  FakeControl& operator=(const FakeControl&) = delete;

  bool is_there() const { return is_there_; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::vector<nlohmann::json> bodies() const {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }

 private:
  void serve(const char* path, const char* name) {
    server_.Post(path, [this, name](const httplib::Request& request, httplib::Response& response) {
      const auto body = nlohmann::json::parse(request.body, nullptr, false);
      const std::string what = name + body.value("channel_id", nlohmann::json()).dump();
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(what);
        bodies_.push_back(body);
      }
      response.status = answer_(what);
      if (response.status == 200) response.set_content(R"({"Code":0,"Msg":"success"})", "application/json");
    });
  }

  const Answer answer_;
  httplib::Server server_;
  bool is_there_ = false;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;   // guarded by mutex_
  std::vector<nlohmann::json> bodies_;  // guarded by mutex_
};

// Tells all the time what an ingest-node has counted; of the tasks that play a frame more each time.
class FakeFlow {
 public:
  FakeFlow(bus::Bus& bus, std::string node)
      : thread_([this, &bus, node](const std::stop_token& stop) {
          const auto publisher = bus.make_publisher();
          while (!stop.stop_requested()) {
            FlowReport report{node, 1, {}};
            {
              const std::lock_guard lock(mutex_);
              for (auto& [task, flow] : flows_) {
                if (flow.plays) ++flow.taken;
                ChannelFlow channel;
                channel.task_id = task;
                channel.taken = flow.taken;
                channel.last_frame_us = static_cast<std::int64_t>(flow.taken);
                report.channels.push_back(channel);
              }
            }
            (void)publisher->publish(topics::flow(node), encode(report));
            std::this_thread::sleep_for(kEvery);
          }
        }) {}

  void play(const std::string& task, bool plays = true) {
    const std::lock_guard lock(mutex_);
    flows_[task].plays = plays;
  }

 private:
  static constexpr std::chrono::milliseconds kEvery{20};
  struct Flow {
    std::uint64_t taken = 0;
    bool plays = false;
  };
  std::mutex mutex_;
  std::map<std::string, Flow> flows_;  // guarded by mutex_
  std::jthread thread_;                // last: ends before what it uses
};

}  // namespace stream::api::test
