#include "feeder.hpp"

#include <fmt/format.h>

#include <fstream>

#include "stream/test/tcp_client.hpp"

namespace stream::faults {

using namespace std::chrono_literals;

Feeder::Feeder(const Script& script, double fps, Door door)
    : file_(script.file),
      interval_(static_cast<std::int64_t>(1e9 / fps)),
      door_(std::move(door)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Feeder::run(const std::stop_token& stop) {
  std::ifstream in(file_, std::ios::binary);
  auto due = std::chrono::steady_clock::now();
  for (std::string body; !stop.stop_requested() && std::getline(in, body); due += interval_) {
    std::this_thread::sleep_until(due);
    Fate fate = post(body);
    for (; fate == Fate::kRefused && !stop.stop_requested(); fate = post(body)) {
      std::this_thread::sleep_for(10ms);
    }
    (fate == Fate::kTaken ? taken_ : in_doubt_) += 1;
    const std::lock_guard lock(mutex_);
    posted_at_.push_back(std::chrono::steady_clock::now());
  }
  ended_ = true;
}

std::vector<std::chrono::steady_clock::time_point> Feeder::posted_at() const {
  const std::lock_guard lock(mutex_);
  return posted_at_;
}

Feeder::Fate Feeder::post(const std::string& body) const {
  test::TcpClient client(door_.port);
  if (!client.connected()) return Fate::kRefused;
  const std::string head =
      fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                  door_.path, body.size());
  if (!client.send(head + body)) return Fate::kUnknown;
  const auto answer = client.read_answer();
  if (answer.status == 200) return Fate::kTaken;
  // An ingest-node that has just started does not know the task yet.
  return answer.status == 0 ? Fate::kUnknown : Fate::kRefused;
}

}  // namespace stream::faults
