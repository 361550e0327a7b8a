// Row 15: thousands of connections that do nothing, and hundreds that are slow.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "cluster.hpp"
#include "raw_socket.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/process.hpp"

namespace stream::faults {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

struct Door {
  Target target;
  std::string node;
  std::uint16_t admin = 0;  // of the node
};

class Row15 : public Row {
 protected:
  Row15() {
    raise_descriptor_limit();
    for (const json& node : cluster_.system().nodes()) {
      const std::string name = node["name"];
      const std::uint16_t admin = port_of(node["admin"]);
      doors_.push_back({{"admin of " + name, admin, ""}, name, admin});
      if (const std::string address = node["address"]; !address.empty()) {
        doors_.push_back({{name, port_of(address), ""}, name, admin});
      }
      if (name != "broker") continue;
      for (const char* socket : {"control", "publish", "subscribe"}) {
        const auto path = cluster_.system().data_dir() / "run" / fmt::format("{}.sock", socket);
        doors_.push_back({{fmt::format("broker's {}", socket), 0, path}, name, admin});
      }
    }
    ScriptOptions options;
    options.seed = seed_;
    options.frames = 20'000;
    cluster_.play("cam", write_script(cluster_.system().folder() / "script.ndjson", options), 20);
    EXPECT_TRUE(eventually([this] { return cluster_.sink().taken() > 0; }, 60s));
  }

  // How long those wait who only want to use it: the REST face, the broker, the node's own /metrics.
  void use(const Door& door, milliseconds duration, std::vector<Clock::duration>& waits) {
    Probe probe(cluster_.bus());
    const auto end = Clock::now() + duration;
    const auto timed = [&](const auto& request) {
      const auto begin = Clock::now();
      EXPECT_TRUE(request()) << door.target.name << ": others got no answer";
      waits.push_back(Clock::now() - begin);
    };
    while (Clock::now() < end) {
      timed([&] { return cluster_.system().api("/task/list", json::object())["Code"] == 0; });
      timed([&] { return cluster_.bus().get("task/x").has_value(); });
      timed([&] { return test::http_request(door.admin, "GET", "/healthz").status == 200; });
      std::this_thread::sleep_for(20ms);
    }
  }

  double cpu_share(const std::string& node, milliseconds duration) {
    const pid_t pid = cluster_.pid(node);
    const auto before = cpu_time(pid);
    const auto begin = Clock::now();
    std::this_thread::sleep_for(duration);
    return static_cast<double>((cpu_time(pid) - before).count()) / (1000 * seconds_of(Clock::now() - begin));
  }

  void expect_unharmed() {
    EXPECT_EQ(cluster_.restarts(), 0) << "a node crashed";
    const std::size_t before = cluster_.sink().taken();
    EXPECT_TRUE(eventually([&] { return cluster_.sink().taken() > before; }, 60s)) << "no more alarms";
  }

  Cluster cluster_;
  std::vector<Door> doors_;
};

TEST_F(Row15, IdleConnectionsAtEveryPortDisturbNobody) {
  const auto connections = short_or_long<std::size_t>(1000, 5000);
  std::vector<Clock::duration> waits;
  double most_cpu = 0;
  for (const Door& door : doors_) {
    const double before = cpu_share(door.node, short_or_long<milliseconds>(500ms, 3s));
    Flood flood(door.target, connections);
    const double during = cpu_share(door.node, short_or_long<milliseconds>(500ms, 3s));
    most_cpu = std::max(most_cpu, during - before);
    flood.refill();
    use(door, short_or_long<milliseconds>(500ms, 5s), waits);
  }
  const auto p99 = percentile(waits, 0.99);
  figure(15,
         fmt::format("{} idle connections at each of {} ports, others wait, p99", connections, doors_.size()),
         "<= 0.2 s", text_of(p99));
  EXPECT_LE(p99, short_or_long<milliseconds>(1s, 200ms));
  figure(15, "CPU that a node spends on idle connections, most", "<= 10 %",
         fmt::format("{:.1f} %", 100 * most_cpu));
  EXPECT_LE(most_cpu, short_or_long(0.30, 0.10));
  expect_unharmed();
}

TEST_F(Row15, SlowSendersAreClosedAndDisturbNobody) {
  const auto connections = short_or_long<std::size_t>(200, 1000);
  std::vector<std::unique_ptr<Flood>> floods;  // to all doors at once
  for (const Door& door : doors_) floods.push_back(std::make_unique<Flood>(door.target, connections));
  const auto begin = Clock::now();
  const auto send = [&](std::string_view to_http, std::string_view to_broker) {
    for (std::size_t i = 0; i < doors_.size(); ++i) {
      floods[i]->send(doors_[i].target.path.empty() ? to_http : to_broker);
    }
  };
  send("POST /task/create HTTP/1.1\r\n", "\xff");
  std::vector<Clock::duration> waits;
  std::vector<std::size_t> open(floods.size(), connections);
  const auto look = [&] {
    send("X", std::string_view("\0", 1));
    for (const Door& door : doors_) use(door, 10ms, waits);
    std::transform(floods.begin(), floods.end(), open.begin(),
                   [](const auto& flood) { return flood->open(); });
    return std::all_of(open.begin(), open.end(), [](std::size_t left) { return left == 0; });
  };
  EXPECT_TRUE(eventually(look, 60s, 500ms)) << "left open, of each door: " << ::testing::PrintToString(open);
  const auto took = Clock::now() - begin;
  const auto p99 = percentile(waits, 0.99);
  figure(15, fmt::format("{} slow senders at each port, others wait, p99", connections), "<= 0.2 s",
         text_of(p99));
  EXPECT_LE(p99, short_or_long<milliseconds>(1s, 200ms));
  figure(15, "slow senders closed, slowest", "<= 10 s", text_of(took));
  EXPECT_LE(took, short_or_long<milliseconds>(20s, 10s));
  expect_unharmed();
}

}  // namespace
}  // namespace stream::faults
