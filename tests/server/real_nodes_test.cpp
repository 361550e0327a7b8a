// stream-server with the nodes that ship, and streamctl against it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <regex>

#include "shell_node.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/process.hpp"
#include "stream/http/get.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::server {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

// A program with its stdout and stderr in files.
class Program {
 public:
  Program(const fs::path& folder, const std::string& name, std::vector<std::string> arguments)
      : out_(folder / (name + ".out")), err_(folder / (name + ".err")) {
    ProcessOptions options;
    options.arguments = std::move(arguments);
    const int out = ::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int err = ::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    options.file_descriptors = {{1, out}, {2, err}};
    auto process = Process::start(options);
    ::close(out);
    ::close(err);
    if (!process) throw std::runtime_error(process.error().message);
    process_ = std::move(*process);
  }

  std::string out() const { return test::read_file(out_); }
  std::string err() const { return test::read_file(err_); }
  Process& process() { return *process_; }
  // Exit code, or -1 when it did not end by itself.
  int exit_code() {
    const auto status = process_->wait(30s);
    return status && !status->signalled ? status->value : -1;
  }

 private:
  fs::path out_, err_;
  std::optional<Process> process_;
};

class RealNodesTest : public ::testing::Test {
 protected:
  RealNodesTest() {
    Program sim(folder_.path(), "sim", {bin("stream-sim"), "--make-installation", installation()});
    EXPECT_EQ(sim.exit_code(), 0) << sim.err();
  }

  static std::string bin(const std::string& program) { return (fs::path(STREAM_BIN_DIR) / program).string(); }
  std::string data_dir() const { return folder_.path() / "data"; }
  std::string installation() const { return folder_.path() / "installation"; }

  Program start(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{bin("stream-server"), "--data-dir", data_dir(), "--stream-path",
                                       installation()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Program(folder_.path(), name, std::move(arguments));
  }
  Program start_on_free_ports(const std::string& name, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--api-port", "0", "--ingest-port", "0"});
    return start(name, more);
  }
  static bool becomes_ready(const Program& server) {
    return eventually([&] { return server.out().find('\n') != std::string::npos; }, 30s);
  }

  // The outcome of one streamctl command.
  Program streamctl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), bin("streamctl"));
    Program program(folder_.path(), "streamctl", std::move(arguments));
    program.exit_code();
    return program;
  }

  nlohmann::json nodes() const {
    return nlohmann::json::parse(test::read_file(data_dir() + "/run/nodes.json")).at("nodes");
  }

  test::TemporaryFolder folder_;
};

TEST_F(RealNodesTest, AllAreReadyAndSayWhereTheyAre) {
  Program server = start_on_free_ports("server", {"--logic-nodes", "2"});
  ASSERT_TRUE(becomes_ready(server)) << server.err();
  const auto all = nodes();
  EXPECT_EQ(all.size(), 6U);
  for (const auto& node : all) {
    const auto answer = http::get(node["admin"], "/readyz", std::chrono::steady_clock::now() + 5s, 65536);
    ASSERT_TRUE(answer) << node;
    EXPECT_EQ(answer->status, 200U) << node << answer->body;
  }
  Program members = streamctl({"nodes", "--data-dir", data_dir(), "--json"});
  EXPECT_EQ(members.exit_code(), 0) << members.err();
  const std::string listed = members.out();
  EXPECT_EQ(std::count(listed.begin(), listed.end(), '\n'), 5) << listed;
  EXPECT_EQ(listed.find("\"live\":false"), std::string::npos) << listed;

  EXPECT_TRUE(server.process().stop(15s).clean()) << server.err();
}

TEST_F(RealNodesTest, TaskCommandsWorkAtThePrintedAddress) {
  Program server = start_on_free_ports("server");
  ASSERT_TRUE(becomes_ready(server)) << server.err();
  std::smatch url;
  const std::string line = server.out();
  ASSERT_TRUE(std::regex_search(line, url, std::regex("http://[0-9.]+:[0-9]+"))) << line;
  Program list = streamctl({"task", "list", "--api", url.str()});
  EXPECT_EQ(list.exit_code(), 0) << list.err();
  Program unknown = streamctl({"task", "delete", "nobody", "--api", url.str()});
  EXPECT_EQ(unknown.exit_code(), 1);
  EXPECT_NE(unknown.err(), "");
  server.process().stop(15s);
}

TEST_F(RealNodesTest, EveryNodeComesBackAfterAKill) {
  Program server = start_on_free_ports("server");
  ASSERT_TRUE(becomes_ready(server)) << server.err();
  const auto before = nodes();
  for (const auto& node : before) ASSERT_EQ(::kill(node["pid"].get<pid_t>(), SIGKILL), 0);
  EXPECT_TRUE(eventually(
      [&] {
        const auto now = nodes();
        return std::all_of(now.begin(), now.end(),
                           [](const auto& node) { return node["ready"] == true && node["restarts"] >= 1; });
      },
      40s))
      << nodes().dump(2) << server.err();
  const auto after = nodes();
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i]["address"], before[i]["address"]);
  server.process().stop(15s);
}

TEST_F(RealNodesTest, SecondServerOnTheSameDataIsRefused) {
  Program first = start_on_free_ports("first");
  ASSERT_TRUE(becomes_ready(first)) << first.err();
  const auto before = nodes();
  Program second = start_on_free_ports("second");
  EXPECT_EQ(second.exit_code(), 1);
  EXPECT_THAT(second.err(), HasSubstr("broker could not start"));
  EXPECT_EQ(nodes(), before);
  first.process().stop(15s);
}

TEST_F(RealNodesTest, TakenPortIsNamed) {
  Program first = start_on_free_ports("first");
  ASSERT_TRUE(becomes_ready(first)) << first.err();
  std::smatch port;
  const std::string line = first.out();
  ASSERT_TRUE(std::regex_search(line, port, std::regex("http://[0-9.]+:([0-9]+)"))) << line;
  Program second(folder_.path(), "second",
                 {bin("stream-server"), "--data-dir", folder_.path() / "other", "--stream-path",
                  installation(), "--api-port", port[1].str(), "--ingest-port", "0"});
  EXPECT_EQ(second.exit_code(), 1);
  EXPECT_THAT(second.err(), HasSubstr("api could not start"));
  EXPECT_THAT(second.err(), HasSubstr(port[1].str()));
  EXPECT_EQ(second.out(), "");
  first.process().stop(15s);
}

}  // namespace
}  // namespace stream::server
