// Posts recorded frames the way http_push does: a TCP connection per frame, in order within a channel,
// waiting for the answer and ignoring what it says. Plain sockets, so that it costs less than what it
// measures.
//
//   frame_load --file frames.ndjson --address 127.0.0.1:10001 --path /frames/in/KEY --rate 25 --seconds 10
//
// Prints one JSON object: frames sent, answers by class, bytes, seconds, longest wait for an answer.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string file;
  std::string address = "127.0.0.1:10001";
  std::vector<std::string> paths;  // one per channel; with one for several channels they share it
  unsigned channels = 1;
  double rate = 0;  // frames a second and channel; 0 = as fast as answers come
  double seconds = 0;
  std::uint64_t frames = 0;  // per channel; 0 = until `seconds` are over
};

struct Counts {
  std::uint64_t sent = 0, ok = 0, refused = 0, failed = 0, bytes = 0;
  Clock::duration longest{0};
};

// The status of the answer; 0 when there was none.
int post(const sockaddr_in& to, std::string_view head, std::string_view body) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int status = 0;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      ::send(fd, head.data(), head.size(), MSG_NOSIGNAL | MSG_MORE) > 0) {
    while (!body.empty()) {
      const auto sent = ::send(fd, body.data(), body.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      body.remove_prefix(static_cast<std::size_t>(sent));
    }
    std::array<char, 4096> answer{};
    const auto received = ::recv(fd, answer.data(), answer.size(), 0);
    constexpr std::size_t kStatusAt = 9;  // behind "HTTP/1.1 "
    if (received > 12) std::from_chars(answer.data() + kStatusAt, answer.data() + kStatusAt + 3, status);
  }
  ::close(fd);
  return status;
}

Counts run_channel(const Options& options, const sockaddr_in& to, const std::string& path,
                   const std::vector<std::string>& bodies) {
  Counts counts;
  const auto start = Clock::now();
  const auto due = [&](std::uint64_t frame) {
    const std::chrono::duration<double> after(options.rate > 0 ? static_cast<double>(frame) / options.rate
                                                               : 0);
    return start + std::chrono::duration_cast<Clock::duration>(after);
  };
  while (options.frames == 0 || counts.sent < options.frames) {
    std::this_thread::sleep_until(due(counts.sent));
    const auto begun = Clock::now();
    if (options.seconds > 0 && begun - start > std::chrono::duration<double>(options.seconds)) break;
    const std::string& body = bodies[counts.sent % bodies.size()];
    const int status = post(to,
                            fmt::format("POST {} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n"
                                        "Content-Type: application/json\r\nHost: {}\r\n"
                                        "User-Agent: cpp-httplib/0.12.0\r\n\r\n",
                                        path, body.size(), options.address),
                            body);
    ++counts.sent;
    counts.bytes += body.size();
    ++(status == 0 ? counts.failed : status < 300 ? counts.ok : counts.refused);
    counts.longest = std::max(counts.longest, Clock::now() - begun);
  }
  return counts;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("posts recorded frames as sophon-stream's http_push does");
  app.add_option("--file", options.file, "NDJSON: one body a line")->required()->check(CLI::ExistingFile);
  app.add_option("--address", options.address, "IPv4 address:port to post to")->capture_default_str();
  app.add_option("--path", options.paths, "where to post; several: one per channel")->required();
  app.add_option("--channels", options.channels, "channels that post at the same time")
      ->capture_default_str();
  app.add_option("--rate", options.rate, "frames a second and channel, 0 = as fast as it goes");
  app.add_option("--seconds", options.seconds, "stop after so long");
  app.add_option("--frames", options.frames, "stop after so many frames in each channel");
  CLI11_PARSE(app, argc, argv);
  if (options.seconds <= 0 && options.frames == 0) options.seconds = 10;

  std::vector<std::string> bodies;
  std::ifstream file(options.file);
  for (std::string line; std::getline(file, line);) bodies.push_back(std::move(line));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  const auto colon = std::min(options.address.find(':'), options.address.size() - 1);
  std::uint16_t port = 0;
  std::from_chars(options.address.data() + colon + 1, options.address.data() + options.address.size(), port);
  to.sin_port = htons(port);
  if (bodies.empty() || port == 0 ||
      ::inet_pton(AF_INET, options.address.substr(0, colon).c_str(), &to.sin_addr) != 1) {
    fmt::print(stderr, "frame_load: {} must hold lines, {} must be an IPv4 address and a port\n",
               options.file, options.address);
    return 2;
  }

  const auto start = Clock::now();
  std::vector<Counts> counts(options.channels);
  {
    std::vector<std::jthread> channels;
    for (unsigned i = 0; i < options.channels; ++i) {
      channels.emplace_back(
          [&, i] { counts[i] = run_channel(options, to, options.paths[i % options.paths.size()], bodies); });
    }
  }
  Counts all;
  for (const Counts& one : counts) {
    all.sent += one.sent;
    all.ok += one.ok;
    all.refused += one.refused;
    all.failed += one.failed;
    all.bytes += one.bytes;
    all.longest = std::max(all.longest, one.longest);
  }
  fmt::print(
      "{{\"sent\":{},\"ok\":{},\"refused\":{},\"failed\":{},\"bytes\":{},\"seconds\":{:.3f},"
      "\"longest_ms\":{:.1f}}}\n",
      all.sent, all.ok, all.refused, all.failed, all.bytes,
      std::chrono::duration<double>(Clock::now() - start).count(),
      std::chrono::duration<double, std::milli>(all.longest).count());
  return all.failed == 0 ? 0 : 1;
}
