// Row 14: what nobody should send, to every port and through the bus.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "cluster.hpp"
#include "control_codec.hpp"
#include "mutation.hpp"
#include "raw_socket.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::faults {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds kAnswer = 100ms;
constexpr milliseconds kHang = 15s;  // longer than every deadline of the servers

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

std::string http(const std::string& method, const std::string& path, const std::string& body) {
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", method,
      path, body.size(), body);
}

std::size_t open_files(pid_t pid) {
  std::error_code gone;
  const std::filesystem::directory_iterator entries(fmt::format("/proc/{}/fd", pid), gone);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

class Row14 : public Row {
 protected:
  Row14() : mutator_(seed_) {
    ScriptOptions options;
    options.seed = seed_;
    options.frames = 4000;
    cluster_.play("cam", write_script(cluster_.system().folder() / "script.ndjson", options), 10);
    EXPECT_TRUE(eventually([this] { return cluster_.sink().taken() > 0; }, 60s));
    for (const json& node : cluster_.system().nodes()) {
      const std::string name = node["name"];
      admin_[name] = port_of(node["admin"]);
      if (const std::string address = node["address"]; !address.empty()) port_[name] = port_of(address);
      files_[name] = open_files(node["pid"]);
    }
  }

  // Everybody lives, answers, holds no connection of the past, and alarms still come.
  void expect_unharmed() {
    EXPECT_EQ(cluster_.restarts(), 0) << "a node crashed";
    for (const auto& [name, port] : admin_) {
      EXPECT_EQ(test::http_request(port, "GET", "/healthz").status, 200) << name;
      const pid_t pid = cluster_.pid(name);
      const std::size_t most = files_[name] + 50;
      EXPECT_TRUE(eventually([&, this] { return open_files(pid) <= most; }, 30s))
          << name << " has " << open_files(pid) << " open files, had " << files_[name];
    }
    const std::size_t before = cluster_.sink().taken();
    EXPECT_TRUE(eventually([&] { return cluster_.sink().taken() > before; }, 60s)) << "no more alarms";
    EXPECT_TRUE(Probe(cluster_.bus()).store());
  }

  // Sends all of it, says that no more comes, and waits for an answer or the end.
  void expect_answer(const Target& target, const std::string& bytes) {
    RawSocket socket(target);
    const auto begin = Clock::now();
    socket.send_all(bytes, kHang);
    socket.finish_sending();
    if (!socket.answered_within(kHang))
      ADD_FAILURE() << target.name << " hangs on " << ::testing::PrintToString(bytes);
    answered_.push_back(Clock::now() - begin);
  }

  void tell_answers(const std::string& what) {
    const auto p99 = percentile(answered_, 0.99);
    figure(14, fmt::format("{} malformed {}, answered in, p99", answered_.size(), what), "<= 0.1 s",
           text_of(p99));
    EXPECT_LE(p99, short_or_long<milliseconds>(20 * kAnswer, kAnswer));
  }

  std::string path_key() {
    const auto entry = cluster_.bus().get(topics::task_key("cam"));
    if (!entry || !*entry) throw std::runtime_error("no task record");
    return decode<TaskRecord>((*entry)->value).value().algorithms.at(0).path_key;
  }

  Cluster cluster_;
  Mutator mutator_;
  std::map<std::string, std::uint16_t> admin_, port_;
  std::map<std::string, std::size_t> files_;
  std::vector<Clock::duration> answered_;
};

TEST_F(Row14, HttpBodiesAndHeadersAreAnsweredAndHarmNobody) {
  const std::size_t rounds = short_or_long<std::size_t>(400, 12'000);
  const std::string create = cluster_.task("other", "/no/such/street.avi", {"http://127.0.0.1:9/"}).dump();
  std::ifstream script(cluster_.system().folder() / "script.ndjson");
  std::string frame;
  for (int line = 0; line < 20; ++line) std::getline(script, frame);
  const std::string key = path_key();
  const Target api{"api", port_.at("api"), ""};
  const Target ingest{"ingest", port_.at("ingest-1"), ""};
  for (std::size_t i = 0; i < rounds; ++i) {
    // A damaged create could be one that works.
    const std::string id = R"("TaskID")";
    std::string body = mutator_.damage(create);
    if (const auto at = body.find(id); at != std::string::npos) body.erase(at, id.size());
    expect_answer(api, http("POST", mutator_.pick(2) == 0 ? "/task/create" : "/task/query", body));
    expect_answer(api, mutator_.damage(http("POST", "/task/list", "{}")));
    expect_answer(ingest, http("POST", "/frames/in/" + key, mutator_.damage(frame)));
    expect_answer(ingest, mutator_.damage(http("POST", "/frames/in/" + key, R"({"error":"x"})")));
    expect_answer(ingest, mutator_.damage(http("GET", "/frames/123/after/cam/0/5", "")));
  }
  tell_answers("HTTP requests to api- and ingest-node");
  expect_unharmed();
}

TEST_F(Row14, RandomBytesAtEveryPortHarmNobody) {
  const std::size_t rounds = short_or_long<std::size_t>(60, 3000);
  std::vector<Target> targets;
  for (const auto& [name, port] : admin_) targets.push_back({"admin of " + name, port, ""});
  for (const auto& [name, port] : port_) targets.push_back({name, port, ""});
  for (const Target& target : targets) {
    for (std::size_t i = 0; i < rounds; ++i) {
      expect_answer(target, mutator_.noise(2000));
      expect_answer(target, mutator_.damage(http("GET", "/metrics", "")));
    }
  }
  tell_answers("requests and random bytes at every HTTP port");
  expect_unharmed();
}

TEST_F(Row14, RandomBytesOnTheBrokersSocketsHarmNobody) {
  namespace control = bus::control;
  const std::size_t rounds = short_or_long<std::size_t>(150, 10'000);
  const auto run = cluster_.system().data_dir() / "run";
  const std::vector<std::string> requests = {
      control::encode(control::Request{1, control::Ping{}}),
      control::encode(control::Request{2, control::Enqueue{"noise", "a", {"payload"}}}),
      control::encode(control::Request{3, control::Pull{"noise", 1, 1s, 0ms}}),
      control::encode(control::Request{4, control::Cas{"noise/a", 0, control::Bytes{"x"}}}),
      control::encode(control::Request{5, control::List{"noise/"}}),
      control::encode(control::Request{6, control::AwaitChanges{"noise/", 0, 0ms}})};
  const Target control_socket{"control", 0, run / "control.sock"};
  const Target publish{"publish", 0, run / "publish.sock"};
  const Target subscribe{"subscribe", 0, run / "subscribe.sock"};
  for (std::size_t i = 0; i < rounds; ++i) {
    for (const Target* target : {&control_socket, &publish, &subscribe})
      RawSocket(*target).send_all(mutator_.noise(300), 1s);
    RawSocket well_greeted(control_socket);
    std::string bytes = zmtp_greeting("DEALER");
    for (std::size_t left = 5; left > 0; --left) {
      bytes += zmtp_frame(mutator_.damage(requests[mutator_.pick(requests.size())]), mutator_.pick(10) == 0);
    }
    well_greeted.send_all(bytes, 1s);
    RawSocket(publish).send_all(zmtp_greeting("PUB") + zmtp_frame("frame/cam/0/", true) +
                                    zmtp_frame(mutator_.noise(30), mutator_.pick(2) == 0) +
                                    zmtp_frame(mutator_.noise(300)),
                                1s);
    RawSocket(subscribe).send_all(zmtp_greeting("SUB") + zmtp_frame(mutator_.noise(30)), 1s);
    const auto begin = Clock::now();
    ASSERT_TRUE(cluster_.bus().get("noise/a"));
    answered_.push_back(Clock::now() - begin);
  }
  tell_answers("messages on the broker's sockets, others");
  expect_unharmed();
}

TEST_F(Row14, MalformedMessagesAndKeysHarmNobody) {
  const std::size_t rounds = short_or_long<std::size_t>(100, 5000);
  Alarm alarm;
  alarm.id = "a";
  alarm.task_id = "cam";
  alarm.report_urls = {"not an address"};
  FrameMeta meta;
  meta.task_id = "cam";
  meta.detections.resize(2);
  OwnedState state;
  state.owner = "logic-9";
  NodeRecord node;
  node.node = "x";
  node.role = "logic";
  TaskRecord task;
  task.task_id = "noise";
  task.api_node = "api";
  task.algorithms.resize(1);
  DeliveryRecord delivery;
  delivery.alarm_id = "a";
  bus::Bus& bus = cluster_.bus();
  const auto publisher = bus.make_publisher();
  const auto write = [&](const std::string& key, const std::string& value) {
    const auto present = bus.get(key);
    if (present) static_cast<void>(bus.cas(key, *present ? (*present)->revision : 0, value));
  };
  for (std::size_t i = 0; i < rounds; ++i) {
    // Under names of their own: what is damaged on purpose cannot be expected to work.
    static_cast<void>(
        bus.enqueue(topics::kAlarmQueue, fmt::format("noise{}", i), mutator_.damage(encode(alarm))));
    static_cast<void>(publisher->publish(topics::frame("cam", 0), mutator_.damage(encode(meta))));
    write(topics::state_key("noise", 0), mutator_.damage(encode(state)));
    write(topics::node_key("logic", "noise"), mutator_.damage(encode(node)));
    write(topics::node_key("ingest", "noise"), mutator_.damage(encode(node)));
    write(topics::task_key("noise"), mutator_.damage(encode(task)));
    write(topics::delivery_key(fmt::format("noise{}", i + 1)), mutator_.damage(encode(delivery)));
  }
  const auto entry = bus.get(topics::task_key("noise"));
  ASSERT_TRUE(entry && *entry);
  static_cast<void>(bus.cas(topics::task_key("noise"), (*entry)->revision, std::nullopt));
  expect_unharmed();
}

}  // namespace
}  // namespace stream::faults
