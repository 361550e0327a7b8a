// How fast alarms leave when their receivers are back, with the real broker and reporter-node.
//
//   report_drain [--bin build/release/bin] [--alarms 2000] [--kib 400] [--durability power] [--down-seconds
//   20]
//
// Stores the alarms while their only receiver answers 503, waits until all have been tried or set aside,
// watches for a while what that costs, lets the receiver recover, and prints one line of JSON: seconds and
// alarms a second until the last one was taken, how often alarms were read, the memory of both processes
// before and after, repetitions.
#include <fmt/format.h>
#include <httplib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "stream/bus/zmq_bus.hpp"
#include "stream/common/process.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "report_drain: {}\n", why);
  std::exit(1);
}

template <class Condition>
void wait_for(const char* what, Condition condition) {
  const auto end = Clock::now() + 600s;
  while (!condition()) {
    if (Clock::now() > end) give_up(fmt::format("waited in vain for {}", what));
    std::this_thread::sleep_for(10ms);
  }
}

stream::Process run(std::vector<std::string> arguments, const std::filesystem::path& log) {
  stream::ProcessOptions options;
  options.arguments = std::move(arguments);
  options.output_file = log;
  auto process = stream::Process::start(options);
  if (!process) give_up(process.error().message);
  return std::move(*process);
}

std::size_t resident_mib(pid_t pid) {
  std::ifstream statm(fmt::format("/proc/{}/statm", pid));
  std::size_t whole = 0;
  std::size_t resident = 0;
  statm >> whole >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) >> 20U;
}

// Counts who came, and remembers whose alarms were taken.
struct Receiver {
  httplib::Server server;
  std::atomic<bool> up = false;
  std::atomic<int> posts = 0;
  std::atomic<int> at_once = 0;
  std::atomic<int> most_at_once = 0;
  std::mutex mutex;  // guards taken
  std::set<std::string> taken;
  std::thread thread;
  int port = 0;

  Receiver() {
    server.new_task_queue = [] { return new httplib::ThreadPool(16); };
    server.Post("/upload", [this](const httplib::Request& request, httplib::Response& response) {
      ++posts;
      const int now = ++at_once;
      for (int most = most_at_once; now > most && !most_at_once.compare_exchange_weak(most, now);) {
      }
      if (up) {
        const std::lock_guard lock(mutex);
        taken.insert(request.get_header_value("Idempotency-Key"));
        response.set_content(R"({"code":0})", "application/json");
      } else {
        response.status = 503;
      }
      --at_once;
    });
    port = server.bind_to_any_port("127.0.0.1");
    thread = std::thread([this] { server.listen_after_bind(); });
  }
  ~Receiver() {
    server.stop();
    thread.join();
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return taken.size();
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::string bin = "build/release/bin";
  std::size_t alarms = 2000;
  std::size_t kib = 400;
  int down_seconds = 20;
  std::string durability = "power";
  CLI::App app("how fast alarms leave when their receivers are back");
  app.add_option("--bin", bin, "folder of stream-broker and stream-reporter");
  app.add_option("--alarms", alarms);
  app.add_option("--kib", kib, "size of an alarm's pictures");
  app.add_option("--durability", durability, "power or process");
  app.add_option("--down-seconds", down_seconds, "how long to watch while the receiver is down");
  CLI11_PARSE(app, argc, argv);

  const auto folder = std::filesystem::temp_directory_path() / fmt::format("report-drain-{}", ::getpid());
  std::filesystem::create_directories(folder);
  int status = 0;
  {
    auto broker = run({bin + "/stream-broker", "--data-dir", (folder / "data").string(), "--set",
                       "durability=" + durability, "--set", "max_database_mib=100000"},
                      folder / "broker.log");
    stream::bus::ZmqBusOptions options;
    for (auto* endpoint :
         {&options.publish_endpoint, &options.subscribe_endpoint, &options.control_endpoint}) {
      endpoint->replace(0, 10, "ipc://" + folder.string() + "/data");
    }
    const auto bus = stream::bus::make_zmq_bus(options);
    if (!bus) give_up(bus.error().message);
    wait_for("the broker", [&] { return (*bus)->healthy(); });

    Receiver receiver;
    stream::Alarm alarm;
    alarm.task_id = "bench";
    alarm.scene = stream::picture::placeholder_jpeg();
    alarm.scene.resize(kib << 10U, 'x');
    alarm.report_urls = {fmt::format("http://127.0.0.1:{}/upload", receiver.port)};
    for (std::size_t i = 0; i < alarms; ++i) {
      alarm.id = fmt::format("bench:0:x:{}", i);
      if ((*bus)->enqueue(stream::topics::kAlarmQueue, alarm.id, encode(alarm)) !=
          stream::bus::EnqueueResult::kStored) {
        give_up("an alarm was not stored");
      }
    }

    auto reporter = run({bin + "/stream-reporter", "--set", "broker.control=" + options.control_endpoint,
                         "--set", "broker.publish=" + options.publish_endpoint, "--set",
                         "broker.subscribe=" + options.subscribe_endpoint},
                        folder / "reporter.log");
    const auto reporter_pid = reporter.pid();
    const auto begin = Clock::now();
    const auto handed_out = [&] {
      const auto items = (*bus)->list_queue(stream::topics::kAlarmQueue, std::nullopt, 10'000);
      std::uint64_t sum = 0;
      if (items) {
        for (const auto& item : *items) sum += item.attempts;
      }
      return sum;
    };
    wait_for("every alarm to be read once", [&] { return handed_out() >= alarms; });
    const std::chrono::duration<double> sorting = Clock::now() - begin;
    const auto rss_before = resident_mib(reporter_pid);
    const auto read_before = handed_out();
    std::this_thread::sleep_for(std::chrono::seconds(down_seconds));
    const auto read_after = handed_out();
    const auto rss_after = resident_mib(reporter_pid);
    const int probes = receiver.posts;

    receiver.up = true;
    const auto recovered = Clock::now();
    wait_for("the first alarm", [&] { return receiver.count() > 0; });
    const std::chrono::duration<double> noticed = Clock::now() - recovered;
    const auto first = Clock::now();
    wait_for("the last alarm", [&] { return receiver.count() == alarms; });
    const std::chrono::duration<double> drained = Clock::now() - first;
    const int repeated = receiver.posts - probes - static_cast<int>(alarms);
    fmt::print(
        R"({{"alarms":{},"kib":{},"sorting_s":{:.1f},"probes":{},"read_again_while_down":{},)"
        R"("reporter_mib_before":{},"reporter_mib_after":{},"reporter_mib_drained":{},"broker_mib":{},)"
        R"("noticed_s":{:.2f},"drained_s":{:.2f},"alarms_per_s":{:.0f},"most_at_once":{},"repeated":{}}})"
        "\n",
        alarms, kib, sorting.count(), probes, read_after - read_before, rss_before, rss_after,
        resident_mib(reporter_pid), resident_mib(broker.pid()), noticed.count(), drained.count(),
        static_cast<double>(alarms - 1) / drained.count(), receiver.most_at_once.load(), repeated);
    status = repeated == 0 ? 0 : 1;
    reporter.stop(10s);
    broker.stop(10s);
  }
  std::filesystem::remove_all(folder);
  return status;
}
