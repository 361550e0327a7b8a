// The real stream-server with shell scripts in the place of the nodes.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "shell_node.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/process.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::server {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kReadyAndStay = "echo READY listen=127.0.0.1:81 admin=127.0.0.1:82 >&3; exec sleep 600";

// A zombie that nobody reaps yet counts as gone.
bool is_running(pid_t pid) {
  const std::string stat = test::read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t end = stat.rfind(')');
  return end != std::string::npos && stat.compare(end, 3, ") Z") != 0;
}

class LauncherTest : public ::testing::Test {
 protected:
  LauncherTest() {
    fs::create_directories(dir_.path() / "bin");
    fs::create_directories(dir_.path() / "data/run");
    fs::copy_file(fs::path(STREAM_BIN_DIR) / "stream-server", dir_.path() / "bin/stream-server");
    for (const char* role : {"broker", "api", "ingest", "logic", "reporter"}) node(role, kReadyAndStay);
  }

  void node(const std::string& role, const std::string& body) {
    test::write_script(dir_.path() / ("bin/stream-" + role), body);
  }

  Process start(const std::vector<std::string>& more = {}) {
    ProcessOptions options;
    options.arguments = {dir_.path() / "bin/stream-server", "--data-dir", dir_.path() / "data",
                         "--stream_path", dir_.path()};
    options.arguments.insert(options.arguments.end(), more.begin(), more.end());
    const int out = ::open((dir_.path() / "out").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int err = ::open((dir_.path() / "err").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    options.file_descriptors = {{1, out}, {2, err}};
    auto process = Process::start(options);
    ::close(out);
    ::close(err);
    if (!process) throw std::runtime_error(process.error().message);
    return std::move(*process);
  }

  std::string out() const { return test::read_file(dir_.path() / "out"); }
  std::string err() const { return test::read_file(dir_.path() / "err"); }
  bool becomes_ready() const {
    return eventually([&] { return out().find('\n') != std::string::npos; });
  }
  nlohmann::json nodes() const {
    return nlohmann::json::parse(test::read_file(dir_.path() / "data/run/nodes.json"));
  }
  std::vector<pid_t> node_pids() const {
    std::vector<pid_t> pids;
    const auto document = nodes();
    for (const auto& node : document.at("nodes")) pids.push_back(node.at("pid"));
    return pids;
  }

  test::TemporaryFolder dir_;
};

TEST_F(LauncherTest, PrintsOneLineWhenAllAreReadyAndStopsCleanly) {
  Process server = start({"--logic-nodes", "2"});
  ASSERT_TRUE(becomes_ready()) << err();
  EXPECT_EQ(out(), "ready: api http://127.0.0.1:81, frames on port 81, data in " +
                       (dir_.path() / "data").string() + "\n");
  const auto pids = node_pids();
  EXPECT_EQ(pids.size(), 6U);
  for (const pid_t pid : pids) EXPECT_TRUE(is_running(pid));

  const ExitStatus status = server.stop(10s);
  EXPECT_TRUE(status.clean()) << status.text() << err();
  for (const pid_t pid : pids) EXPECT_FALSE(is_running(pid));
  EXPECT_FALSE(fs::exists(dir_.path() / "data/run/nodes.json"));
}

TEST_F(LauncherTest, KilledServerLeavesNoProcess) {
  Process server = start();
  ASSERT_TRUE(becomes_ready()) << err();
  const auto pids = node_pids();
  ASSERT_EQ(pids.size(), 5U);
  ::kill(server.pid(), SIGKILL);
  ASSERT_TRUE(server.wait(10s));
  for (const pid_t pid : pids) {
    EXPECT_TRUE(eventually([&] { return !is_running(pid); })) << pid;
  }
}

TEST_F(LauncherTest, NodeThatCannotStartStopsEverythingAndItsReasonIsShown) {
  node("broker", "echo $$ >>" + (dir_.path() / "broker-pid").string() + "; echo READY >&3; exec sleep 600");
  node("api", "echo FAILED 0.0.0.0:8001: address already in use >&3; exit 1");
  Process server = start();
  const auto status = server.wait(20s);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->text(), "exit code 1");
  EXPECT_EQ(out(), "");
  EXPECT_THAT(err(), HasSubstr("api could not start: 0.0.0.0:8001: address already in use"));
  EXPECT_FALSE(is_running(std::stoi(test::read_file(dir_.path() / "broker-pid"))));
}

TEST_F(LauncherTest, EndedNodeComesBack) {
  Process server = start();
  ASSERT_TRUE(becomes_ready()) << err();
  const auto before = nodes();
  const pid_t logic = before["nodes"][3]["pid"];
  ::kill(logic, SIGKILL);
  EXPECT_TRUE(eventually([&] {
    const auto now = nodes()["nodes"][3];
    return now["restarts"] == 1 && now["ready"] == true && now["pid"] != logic;
  }));
  EXPECT_EQ(nodes()["nodes"][0]["pid"], before["nodes"][0]["pid"]);
  EXPECT_THAT(err(), HasSubstr("node_ended"));
  server.stop(10s);
}

TEST_F(LauncherTest, StopDuringTheStartLeavesNoProcess) {
  node("logic", "echo $$ >" + (dir_.path() / "pid").string() + "; exec sleep 600");
  Process server = start();
  ASSERT_TRUE(eventually([&] { return !test::read_file(dir_.path() / "pid").empty(); })) << err();
  EXPECT_TRUE(server.stop(10s).clean());
  EXPECT_FALSE(is_running(std::stoi(test::read_file(dir_.path() / "pid"))));
  EXPECT_EQ(out(), "");
}

TEST_F(LauncherTest, SettingsReachTheirNode) {
  node("logic", "echo \"$*\" >" + (dir_.path() / "arguments").string() + "; " + kReadyAndStay);
  Process server = start({"--set", "logic.in_frames=3", "--set", "ingest.ring_mib=32"});
  ASSERT_TRUE(becomes_ready()) << err();
  EXPECT_THAT(test::read_file(dir_.path() / "arguments"), HasSubstr("--set in_frames=3"));
  EXPECT_THAT(test::read_file(dir_.path() / "arguments"), ::testing::Not(HasSubstr("ring_mib")));
  server.stop(10s);
}

TEST_F(LauncherTest, UnknownKeyIsAnErrorThatNamesIt) {
  Process server = start({"--set", "api_prot=1"});
  const auto status = server.wait(10s);
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->clean());
  EXPECT_THAT(err(), HasSubstr("api_prot"));
}

TEST_F(LauncherTest, MissingStreamPathIsAnErrorThatNamesIt) {
  Process server = start({"--stream-path", dir_.path() / "nowhere"});
  const auto status = server.wait(10s);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->text(), "exit code 1");
  EXPECT_THAT(err(), HasSubstr("nowhere"));
}

}  // namespace
}  // namespace stream::server
