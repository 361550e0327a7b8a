#include "broker_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "stream/common/eventually.hpp"

namespace stream::bus {
namespace {

constexpr int kReadyDescriptor = 3;

// Whether the other side wrote anything before it closed.
bool says_something(int descriptor, std::chrono::milliseconds limit) {
  pollfd wait{.fd = descriptor, .events = POLLIN, .revents = 0};
  std::array<char, 512> line{};
  return ::poll(&wait, 1, static_cast<int>(limit.count())) == 1 &&
         ::read(descriptor, line.data(), line.size()) > 0;
}

}  // namespace

BrokerProcess::BrokerProcess(std::map<std::string, std::string> settings) : settings_(std::move(settings)) {
  start();
}

void BrokerProcess::start() {
  std::array<int, 2> ready{};
  if (::pipe2(ready.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  ProcessOptions options;
  options.arguments = {STREAM_BIN_DIR "/stream-broker", "--data-dir", data_dir().string()};
  for (const auto& [key, value] : settings_) {
    options.arguments.insert(options.arguments.end(), {"--set", key + "=" + value});
  }
  options.output_file = log_file();
  options.environment["STREAM_READY_FD"] = std::to_string(kReadyDescriptor);
  options.file_descriptors[kReadyDescriptor] = ready[1];
  auto started = Process::start(options);
  ::close(ready[1]);
  if (started) process_.emplace(std::move(*started));
  const bool is_ready = started && says_something(ready[0], std::chrono::seconds(20));
  ::close(ready[0]);
  if (is_ready) return;
  std::ifstream log(log_file());
  throw std::runtime_error(
      "stream-broker did not get ready: " +
      std::string(std::istreambuf_iterator<char>(log), std::istreambuf_iterator<char>()));
}

void BrokerProcess::kill() {
  process_->signal(SIGKILL);
  process_->wait(std::chrono::seconds(10));
  process_.reset();
}

ZmqBusOptions BrokerProcess::options() const {
  const std::string run = "ipc://" + (data_dir() / "run").string();
  ZmqBusOptions options;
  options.publish_endpoint = run + "/publish.sock";
  options.subscribe_endpoint = run + "/subscribe.sock";
  options.control_endpoint = run + "/control.sock";
  return options;
}

std::unique_ptr<Bus> BrokerProcess::connect() const {
  auto bus = make_zmq_bus(options());
  if (!bus) throw std::runtime_error(bus.error().message);
  if (!eventually([&] { return (*bus)->healthy(); })) throw std::runtime_error("the broker does not answer");
  return std::move(*bus);
}

}  // namespace stream::bus
