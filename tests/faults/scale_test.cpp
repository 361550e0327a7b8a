// Rows 16 and 19: more frames than a node can take, and nodes that come and go.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "cluster.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/process.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::faults {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Row16 : public Row {};
class Row19 : public Row {};

TEST_F(Row16, SlowLogicNodeSlowsNobodyElseAndCountsWhatItCannotDo) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "nothing can be preloaded before AddressSanitizer";
#endif
  const test::TemporaryFolder folder;
  const auto slow = folder.path() / "slow";
  const auto duration = short_or_long<seconds>(10s, 300s);
  constexpr int kTasks = 8;
  constexpr double kFps = 10;
  e2e::SystemOptions options;
  options.logic_nodes = 2;
  options.environment = {{"LD_PRELOAD", STREAM_FAULT_SHIM},
                         {"STREAM_SHIM_SLOW", fmt::format("logic-2:{}", slow.string())}};
  Cluster cluster(Cluster::idle_streams(options));
  std::map<std::string, int> frames;
  for (int i = 0; i < kTasks; ++i) {
    ScriptOptions script;
    script.seed = random_();
    script.frames = static_cast<int>(static_cast<double>(duration.count() + 6) * kFps);
    const auto file = cluster.system().folder() / fmt::format("script{}.ndjson", i);
    cluster.feed(fmt::format("task{}", i), write_script(file, script), kFps);
  }
  ASSERT_TRUE(
      eventually([&] { return cluster.owners().size() == kTasks && cluster.sink().taken() > 0; }, 60s));
  const auto owners = cluster.owners();
  const auto is_of_fast_node = [&](const Posted& post) {
    return owners.at(topics::state_key(post.task, 0)).owner == "logic-1";
  };
  const auto slow_tasks = std::count_if(owners.begin(), owners.end(),
                                        [](const auto& entry) { return entry.second.owner == "logic-2"; });
  ASSERT_GT(slow_tasks, 0);
  ASSERT_LT(slow_tasks, kTasks);

  std::map<std::string, std::uint64_t> memory;
  for (const std::string& name : cluster.names()) memory[name] = resident_bytes(cluster.pid(name));
  const auto from = Clock::now();
  std::ofstream(slow) << 1000;  // ms a frame: a tenth or less of what comes
  std::map<std::string, std::uint64_t> growth;
  while (Clock::now() < from + duration) {
    std::this_thread::sleep_for(200ms);
    for (const std::string& name : cluster.names()) {
      const auto now = resident_bytes(cluster.pid(name));
      growth[name] = std::max(growth[name], now - std::min(now, memory[name]));
    }
  }
  const auto delays =
      cluster.alarm_delays([&](const Posted& post) { return post.at > from && is_of_fast_node(post); });
  ASSERT_FALSE(delays.empty());
  const auto p99 = percentile(delays, 0.99);
  figure(16,
         fmt::format("one logic-node at {:.0f} x overload: frame to POST at the other, p99",
                     static_cast<double>(slow_tasks) * kFps),
         "<= 0.5 s", text_of(p99));
  EXPECT_LE(p99, short_or_long<milliseconds>(2s, 500ms));
  for (const auto& [name, bytes] : growth) {
    figure(16, "memory, growth of " + name, "<= 128 MiB", fmt::format("{} MiB", bytes >> 20));
    EXPECT_LE(bytes, 128U << 20) << name;
  }
  std::filesystem::remove(slow);
  EXPECT_EQ(cluster.restarts(), 0);
  // Everything is decided on in the end, or counted as lost.
  const std::uint64_t all =
      static_cast<std::uint64_t>(kTasks * (duration.count() + 6)) * static_cast<std::uint64_t>(kFps);
  Cluster::Frames counted;
  EXPECT_TRUE(eventually(
      [&] {
        counted = cluster.frames();
        return counted.processed + counted.lost == all;
      },
      120s, 200ms))
      << counted.processed << " processed and " << counted.lost << " lost of " << all;
  figure(16, fmt::format("frames processed + lost, of {}", all), std::to_string(all),
         fmt::format("{} + {}", counted.processed, counted.lost));
}

// ---- row 19

class Row19Nodes {
 public:
  explicit Row19Nodes(Cluster& cluster) : cluster_(cluster) {
    for (const std::string& name : cluster.names("logic")) live_.insert(name);
  }

  const std::set<std::string>& live() const { return live_; }

  void join() {
    const std::string name = fmt::format("guest-{}", ++number_);
    ProcessOptions options;
    options.arguments = {STREAM_BIN_DIR "/stream-logic", "--node-name", name};
    for (const char* socket : {"publish", "subscribe", "control"}) {
      options.arguments.emplace_back("--set");
      options.arguments.push_back(fmt::format("broker.{}=ipc://{}/run/{}.sock", socket,
                                              cluster_.system().data_dir().string(), socket));
    }
    options.output_file = cluster_.system().folder() / "guests.log";
    auto started = Process::start(options);
    ASSERT_TRUE(started) << started.error().message;
    guests_.emplace(name, std::move(*started));
    live_.insert(name);
  }

  // As it was told to, or without a word.
  void leave(std::size_t which, bool killed) {
    const auto guest = std::next(guests_.begin(), static_cast<std::ptrdiff_t>(which));
    live_.erase(guest->first);
    guest->second.signal(killed ? SIGKILL : SIGTERM);
    EXPECT_TRUE(guest->second.wait(10s)) << guest->first << " does not end";
    guests_.erase(guest);
  }
  std::size_t guests() const { return guests_.size(); }

 private:
  Cluster& cluster_;
  std::set<std::string> live_;
  std::map<std::string, Process> guests_;
  int number_ = 0;
};

TEST_F(Row19, NodesThatComeAndGoMoveTheirShareAndNoMore) {
  const std::size_t tasks = short_or_long<std::size_t>(100, 500);
  const int changes = short_or_long(6, 20);
  const auto between = short_or_long<milliseconds>(1200ms, 1500ms);
  e2e::SystemOptions options;
  options.logic_nodes = 3;
  Cluster cluster(Cluster::idle_streams(options));
  // One real task; the others are records like it, whose stream processes nobody runs.
  cluster.create(
      cluster.task("task0", (cluster.system().folder() / "idles").string(), {"http://127.0.0.1:9/"}));
  const auto entry = cluster.bus().get(topics::task_key("task0"));
  ASSERT_TRUE(entry && *entry);
  TaskRecord record = decode<TaskRecord>((*entry)->value).value();
  record.api_node = "nobody";
  for (std::size_t i = 1; i < tasks; ++i) {
    record.task_id = fmt::format("task{}", i);
    record.algorithms[0].path_key = fmt::format("key-of-{}", i);
    ASSERT_TRUE(cluster.bus().cas(topics::task_key(record.task_id), 0, encode(record)).done());
  }

  Row19Nodes nodes(cluster);
  const auto all_owned = [&] {
    const auto owners = cluster.owners();
    return owners.size() == tasks && std::all_of(owners.begin(), owners.end(), [&](const auto& unit) {
             return nodes.live().contains(unit.second.owner);
           });
  };
  ASSERT_TRUE(eventually(all_owned, 60s));
  auto known = cluster.owners();
  std::size_t moved = 0;
  const auto look = [&] {
    const auto now = cluster.owners();
    for (const auto& [key, owned] : now) {
      // Between two owners it is nobody's for a moment.
      if (owned.owner.empty() || known[key].owner == owned.owner) continue;
      known[key] = owned;
      ++moved;
    }
  };

  double fair_share = 0;  // what the changes may move, one after the other
  std::vector<Clock::duration> owned_again;
  for (int i = 0; i < changes; ++i) {
    const bool leaves = nodes.guests() > 0 && (nodes.guests() == 5 || pick(2) == 0);
    const double smaller = static_cast<double>(nodes.live().size()) - (leaves ? 1 : 0);
    fair_share += static_cast<double>(tasks) / (smaller + 1);
    const auto at = Clock::now();
    if (leaves) {
      nodes.leave(pick(nodes.guests()), pick(2) == 0);
      ASSERT_TRUE(eventually(
          [&] {
            look();
            return all_owned();
          },
          30s, 20ms))
          << "some tasks are nobody's";
      owned_again.push_back(Clock::now() - at);
    } else {
      nodes.join();
    }
    eventually(
        [&] {
          look();
          return false;
        },
        std::max<milliseconds>(between - std::chrono::duration_cast<milliseconds>(Clock::now() - at), 0ms),
        100ms);
  }
  // Those who stay get their share when the members have been the same for a while.
  nodes.join();
  fair_share += static_cast<double>(tasks) / static_cast<double>(nodes.live().size());
  const auto everybody_has_some = [&] {
    look();
    std::set<std::string> busy;
    for (const auto& [key, owned] : known) busy.insert(owned.owner);
    return busy == nodes.live();
  };
  EXPECT_TRUE(eventually(everybody_has_some, 60s, 100ms)) << "a node has got nothing";
  std::size_t before = 0;
  eventually(
      [&] {
        look();
        return std::exchange(before, moved) == moved;
      },
      60s, 2s);  // until nothing moves any more
  EXPECT_TRUE(all_owned());
  const auto slowest = percentile(owned_again, 1);
  figure(
      19,
      fmt::format("all of {} tasks owned again after a node left, slowest of {}", tasks, owned_again.size()),
      "<= 3 s", text_of(slowest));
  EXPECT_LE(slowest, short_or_long<milliseconds>(10s, 3s));
  figure(19, fmt::format("tasks moved in {} changes, fair share {:.0f}", changes + 1, fair_share),
         fmt::format("<= {:.0f}", 1.5 * fair_share), std::to_string(moved));
  EXPECT_LE(static_cast<double>(moved), 1.5 * fair_share);
  EXPECT_EQ(cluster.restarts(), 0);
  EXPECT_EQ(cluster.stop_and_check_database(), "ok");
}

}  // namespace
}  // namespace stream::faults
