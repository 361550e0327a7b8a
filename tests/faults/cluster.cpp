#include "cluster.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "stream/bus/zmq_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "stream/test/contents.hpp"

namespace stream::faults {

using nlohmann::json;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr int kPlates = 16;  // application-web's number of licence plate recognition
// From the moment a receiver answers until the sender has made that known to all.
constexpr milliseconds kDoubt{2000};

}  // namespace

Cluster::Cluster(const e2e::SystemOptions& options, std::optional<bus::ZmqBusOptions> broker)
    : system_(options), broker_(std::move(broker)), bus_(connect(3s)) {
  if (!eventually([this] { return bus_->healthy(); })) throw std::runtime_error("the broker does not answer");
}

std::unique_ptr<bus::Bus> Cluster::connect(milliseconds request_timeout) const {
  const std::string run = "ipc://" + (system_.data_dir() / "run").string();
  bus::ZmqBusOptions options;
  options.publish_endpoint = run + "/publish.sock";
  options.subscribe_endpoint = run + "/subscribe.sock";
  options.control_endpoint = run + "/control.sock";
  if (broker_) options = *broker_;
  options.request_timeout = request_timeout;
  auto bus = bus::make_zmq_bus(options);
  if (!bus) throw std::runtime_error(bus.error().message);
  return std::move(*bus);
}

// ---- nodes

json Cluster::node(const std::string& name) const {
  for (const json& entry : system_.nodes()) {
    if (entry["name"] == name) return entry;
  }
  return json::object();
}

std::vector<std::string> Cluster::names(const std::string& role) const {
  std::vector<std::string> out;
  for (const json& entry : system_.nodes()) {
    if (role.empty() || entry["role"] == role) out.push_back(entry["name"]);
  }
  return out;
}

pid_t Cluster::pid(const std::string& name) const {
  return node(name).value("pid", 0);
}

Clock::time_point Cluster::kill(const std::string& name) {
  const pid_t victim = pid(name);
  const auto at = Clock::now();
  if (victim == 0) return at;
  ::kill(victim, SIGKILL);
  EXPECT_TRUE(eventually([&] { return pid(name) != victim; })) << name << " was killed and is there";
  if (node(name).value("role", "") == "reporter") doubt(at - kDoubt, at + kDoubt);
  return at;
}

bool Cluster::is_ready(const std::string& name) const {
  const json entry = node(name);
  return entry.value("ready", false) && entry.value("pid", 0) != 0;
}

void Cluster::signal(const std::string& name, int number) {
  if (const pid_t target = pid(name); target != 0) ::kill(target, number);
}

int Cluster::restarts() const {
  int sum = 0;
  for (const json& entry : system_.nodes()) sum += entry["restarts"].get<int>();
  return sum;
}

// ---- tasks

json Cluster::task(const std::string& id, const std::string& address,
                   const std::vector<std::string>& urls) const {
  json body = system_.task(id, kPlates, address, 1);
  body["Algorithm"][0]["Extend"] = {{"InFrames", ScriptOptions{}.in_frames},
                                    {"OutFrames", ScriptOptions{}.out_frames}};
  body["Reporting"]["ReportUrlList"] = urls;
  return body;
}

json Cluster::insist(const std::string& path, const json& body,
                     const std::function<bool(const json&)>& good) {
  json answer;
  const auto ask = [&] {
    const test::HttpAnswer heard = test::http_request(system_.api_port(), "POST", path, body.dump());
    answer = json::parse(heard.body, nullptr, false);
    return answer.is_object() && good(answer);
  };
  EXPECT_TRUE(eventually(ask, 60s, 50ms)) << path << ": " << answer;
  return answer;
}

void Cluster::create(const json& task) {
  insist("/task/create", task, [](const json& answer) { return answer["Code"] == 0; });
}

void Cluster::remove(const std::string& task) {
  const auto is_gone = [&](const json& answer) {
    return answer["Code"] == 0 && std::none_of(answer["Result"].begin(), answer["Result"].end(),
                                               [&](const json& listed) { return listed["TaskID"] == task; });
  };
  const auto ask_again = [&](const json& list) {
    if (is_gone(list)) return true;
    static_cast<void>(
        test::http_request(system_.api_port(), "POST", "/task/delete", json{{"TaskID", task}}.dump()));
    return false;
  };
  insist("/task/list", json::object(), ask_again);
}

void Cluster::play(const std::string& id, const Script& script, double fps) {
  create(task(id, script.address(fps), {sink_.url()}));
  expected_[id] = script.episodes;
  script_frames_ += static_cast<std::uint64_t>(script.frames);
}

e2e::SystemOptions Cluster::idle_streams(e2e::SystemOptions options) {
  options.stream_main = FAKE_STREAM_PROCESS;
  return options;
}

void Cluster::feed(const std::string& id, const Script& script, double fps) {
  create(task(id, (system_.folder() / "idles").string(), {sink_.url()}));
  const auto entry = bus_->get(topics::task_key(id));
  if (!entry || !*entry) throw std::runtime_error("no record of " + id);
  const AlgorithmSpec spec = decode<TaskRecord>((*entry)->value).value().algorithms.at(0);
  const std::string address = node(spec.ingest_node).value("address", "");
  const Feeder::Door door{static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))),
                          "/frames/in/" + spec.path_key};
  expected_[id] = script.episodes;
  script_frames_ += static_cast<std::uint64_t>(script.frames);
  const auto length = std::chrono::duration<double>(script.frames / fps);
  feeding_until_ =
      std::max(feeding_until_, Clock::now() + std::chrono::duration_cast<Clock::duration>(length));
  feeders_[id] = std::make_unique<Feeder>(script, fps, door);
}

std::int64_t Cluster::frames_taken() const {
  return std::accumulate(feeders_.begin(), feeders_.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& entry) { return sum + entry.second->taken(); });
}

std::int64_t Cluster::frames_in_doubt() const {
  return std::accumulate(feeders_.begin(), feeders_.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& entry) { return sum + entry.second->in_doubt(); });
}

std::vector<Clock::duration> Cluster::alarm_delays(const std::function<bool(const Posted&)>& wanted) const {
  std::map<std::string, std::vector<Clock::time_point>> posted_at;
  for (const auto& [task, feeder] : feeders_) posted_at[task] = feeder->posted_at();
  std::vector<Clock::duration> delays;
  for (const Posted& post : sink_.posts()) {
    if (!wanted(post)) continue;
    const auto frame = static_cast<std::size_t>(post.frame);
    const auto& times = posted_at[post.task];
    if (frame < times.size()) delays.push_back(post.at - times[frame]);
  }
  return delays;
}

std::map<std::string, Ownership> Cluster::owners() {
  std::map<std::string, Ownership> out;
  const auto entries = bus_->list(topics::kStateKeys);
  if (!entries) return out;
  for (const bus::Entry& entry : *entries) {
    const auto state = decode<OwnedState>(entry.value);
    EXPECT_TRUE(state) << entry.key << ": " << state.error().message;
    if (state) out[entry.key] = {state->owner, state->epoch};
  }
  return out;
}

Cluster::Frames Cluster::frames() {
  Frames frames;
  const auto entries = bus_->list(topics::kStateKeys);
  if (!entries) return frames;
  for (const bus::Entry& entry : *entries) {
    const auto state = decode<OwnedState>(entry.value).and_then([](const OwnedState& owned) {
      return decode<LogicState>(owned.state);
    });
    EXPECT_TRUE(state) << entry.key << ": " << state.error().message;
    if (!state) continue;
    frames.processed += state->processed;
    frames.lost += state->lost;
  }
  return frames;
}

// ---- the end

Verdict Cluster::wait_and_judge(milliseconds patience, const std::function<bool()>& settled) {
  EXPECT_TRUE(eventually(
      [this] {
        return std::all_of(feeders_.begin(), feeders_.end(),
                           [](const auto& entry) { return entry.second->ended(); });
      },
      std::chrono::duration_cast<milliseconds>(feeding_until_ - Clock::now()) + patience, 50ms))
      << "frames are still being posted";
  Verdict verdict;
  eventually(
      [&] {
        verdict = judge(expected_, sink_.posts(), doubts_);
        return settled() && verdict.lost == 0;
      },
      patience, 100ms);
  // What comes too often comes late: until nothing has come for a moment.
  std::size_t posts = 0;
  const auto is_quiet = [&] {
    const std::size_t before = std::exchange(posts, sink_.posts().size());
    return before == posts;
  };
  eventually(is_quiet, 10s, 700ms);
  verdict = judge(expected_, sink_.posts(), doubts_);
  EXPECT_GT(verdict.expected, 0U) << "nothing was to happen";
  EXPECT_EQ(verdict.not_in_doubt, 0U) << "of " << verdict.repeats << " repeated POSTs\n" << verdict.details;
  return verdict;
}

Verdict Cluster::expect_exact(milliseconds patience) {
  Frames frames_now;
  const Verdict verdict = wait_and_judge(patience, [&] {
    frames_now = frames();
    return frames_now.processed == script_frames_;
  });
  EXPECT_EQ(frames_now.processed, script_frames_) << "frames processed, frames there were";
  EXPECT_EQ(frames_now.lost, 0U) << "frames lost";
  EXPECT_EQ(verdict.lost, 0U);
  EXPECT_EQ(verdict.wrong, 0U);
  EXPECT_EQ(verdict.decided_twice, 0U);
  if (!verdict.details.empty()) ADD_FAILURE() << verdict.details;
  return verdict;
}

Verdict Cluster::expect_explained(milliseconds patience) {
  Frames frames_now;
  std::uint64_t known = 0;
  const Verdict verdict = wait_and_judge(patience / 4, [&] {
    frames_now = frames();
    return std::exchange(known, frames_now.processed + frames_now.lost) ==
           frames_now.processed + frames_now.lost;
  });
  EXPECT_LE(known, script_frames_) << "frames that never were";
  const std::uint64_t missing = script_frames_ - std::min(frames_now.processed, script_frames_);
  const auto most = missing * static_cast<std::uint64_t>(ScriptOptions{}.objects);
  EXPECT_LE(verdict.lost + verdict.wrong + verdict.decided_twice, most) << missing << " frames are missing\n"
                                                                        << verdict.details;
  return verdict;
}

std::string Cluster::stop_and_check_database() {
  bus_.reset();
  system_.server().stop(20s);
  return check_database(system_.data_dir() / "broker" / "stream.db");
}

// ---- the probe

bool Probe::store() {
  const std::string id = std::to_string(number_);
  switch (bus_.enqueue(kQueue, id, "x")) {
    case bus::EnqueueResult::kStored:
    case bus::EnqueueResult::kDuplicate:  // stored by a call whose answer was lost
      stored_.insert(id);
      ++number_;
      return true;
    case bus::EnqueueResult::kFull:
    case bus::EnqueueResult::kUnknown:
      return false;
  }
  return false;
}

Clock::duration Probe::time_to_store(milliseconds limit) {
  const auto begin = Clock::now();
  eventually([this] { return store(); }, limit, 1ms);
  return Clock::now() - begin;
}

std::size_t Probe::missing() {
  std::set<std::string> left = stored_;
  eventually(
      [&] {
        const auto deliveries = bus_.pull(kQueue, 1000, 60s, 0ms);
        if (!deliveries) return false;
        for (const auto& delivery : *deliveries) left.erase(delivery.id);
        return deliveries->empty();
      },
      60s);
  return left.size();
}

// ---- processes and files

std::uint64_t resident_bytes(pid_t pid) {
  std::ifstream statm(fmt::format("/proc/{}/statm", pid));
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

milliseconds cpu_time(pid_t pid) {
  const std::string stat = test::contents(fmt::format("/proc/{}/stat", pid));
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0ms;
  std::istringstream fields(stat.substr(name_end + 2));
  std::string skipped;
  constexpr int kFieldsBeforeTimes = 11;  // from the state on
  for (int i = 0; i < kFieldsBeforeTimes; ++i) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t kernel = 0;
  fields >> user >> kernel;
  return milliseconds((user + kernel) * 1000 / ::sysconf(_SC_CLK_TCK));
}

std::string check_database(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  std::string found = "no answer";
  if (::sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
    const auto take = [](void* out, int, char** values, char**) {
      *static_cast<std::string*>(out) = values[0];
      return 0;
    };
    ::sqlite3_exec(database, "PRAGMA integrity_check", take, &found, nullptr);
  } else {
    found = ::sqlite3_errmsg(database);
  }
  ::sqlite3_close(database);
  return found;
}

}  // namespace stream::faults
