#include "stream/common/process.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "stream/common/eventually.hpp"
#include "stream/test/contents.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream {
namespace {

using std::chrono::seconds;

ProcessOptions shell(const std::string& script) {
  ProcessOptions options;
  options.arguments = {"/bin/sh", "-c", script};
  return options;
}

// An orphan in a container may stay a zombie of an init that does not reap; then it is dead all the same.
bool is_gone(pid_t pid) {
  const std::string status = test::contents("/proc/" + std::to_string(pid) + "/stat");
  return kill(pid, 0) != 0 || status.find(") Z ") != std::string::npos;
}

class ProcessTest : public ::testing::Test {
 protected:
  ProcessTest() {
    std::string pattern = ::testing::TempDir() + "stream-process-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~ProcessTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
};

TEST_F(ProcessTest, TellsHowItEnded) {
  auto process = Process::start(shell("exit 3"));
  ASSERT_TRUE(process);
  const auto ended = process->wait(seconds(10));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->text(), "exit code 3");
  EXPECT_FALSE(ended->clean());
  EXPECT_EQ(process->poll()->value, 3);
}

TEST_F(ProcessTest, ReportsWhatCannotBeExecuted) {
  ProcessOptions options;
  options.arguments = {"/no/such/program"};
  const auto process = Process::start(options);
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code, ErrorCode::kNotFound);
  EXPECT_NE(process.error().message.find("/no/such/program"), std::string::npos);
}

TEST_F(ProcessTest, ReportsAMissingWorkingDirectory) {
  ProcessOptions options = shell("exit 0");
  options.working_directory = "/no/such/directory";
  const auto process = Process::start(options);
  ASSERT_FALSE(process);
  EXPECT_NE(process.error().message.find("/no/such/directory"), std::string::npos);
}

TEST_F(ProcessTest, PassesEnvironmentDirectoryAndOutput) {
  ProcessOptions options = shell("echo $STREAM_TEST_VALUE; pwd; echo error >&2");
  options.environment = {{"STREAM_TEST_VALUE", "42"}};
  options.working_directory = directory_;
  options.output_file = directory_ / "out.log";
  auto process = Process::start(options);
  ASSERT_TRUE(process) << process.error().message;
  ASSERT_TRUE(process->wait(seconds(10)));
  EXPECT_EQ(test::contents(options.output_file), "42\n" + directory_.string() + "\nerror\n");
  EXPECT_EQ(std::filesystem::status(options.output_file).permissions() & std::filesystem::perms::others_all,
            std::filesystem::perms::none);
}

TEST_F(ProcessTest, PassesOnlyTheDescriptorsItWasGiven) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  ProcessOptions options = shell("echo hello >&3; ls /proc/self/fd >&4");
  std::array<int, 2> listing{};
  ASSERT_EQ(pipe(listing.data()), 0);
  options.file_descriptors = {{3, ends[1]}, {4, listing[1]}};
  auto process = Process::start(options);
  ASSERT_TRUE(process) << process.error().message;
  ASSERT_TRUE(process->wait(seconds(10)));
  close(ends[1]);
  close(listing[1]);
  std::array<char, 256> text{};
  ASSERT_GT(read(ends[0], text.data(), text.size()), 0);
  EXPECT_STREQ(text.data(), "hello\n");
  text = {};
  ASSERT_GT(read(listing[0], text.data(), text.size()), 0);
  // 0 to 4, and the one `ls` reads the directory with.
  EXPECT_STREQ(text.data(), "0\n1\n2\n3\n4\n5\n");
  close(ends[0]);
  close(listing[0]);
}

TEST_F(ProcessTest, StopEndsTheWholeGroup) {
  ProcessOptions options = shell("sleep 1000 & echo $! > child; wait");
  options.working_directory = directory_;
  auto process = Process::start(options);
  ASSERT_TRUE(process);
  ASSERT_TRUE(eventually([&] { return !test::contents(directory_ / "child").empty(); }));
  const pid_t grandchild = std::stoi(test::contents(directory_ / "child"));
  EXPECT_TRUE(process->stop(seconds(10)).signalled);
  EXPECT_TRUE(eventually([&] { return is_gone(grandchild); }));
}

TEST_F(ProcessTest, WhatIsLeftOfTheGroupEndsWithTheChild) {
  ProcessOptions options = shell("env -i /bin/sleep 1000 & echo $! > child; exit 3");
  options.working_directory = directory_;
  auto process = Process::start(options);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->wait(seconds(10)), (ExitStatus{false, 3}));
  const pid_t grandchild = std::stoi(test::contents(directory_ / "child"));
  EXPECT_TRUE(eventually([&] { return is_gone(grandchild); }));
}

TEST_F(ProcessTest, StopInsistsWhenTermIsIgnored) {
  ProcessOptions options = shell("trap '' TERM; echo ready > up; while :; do sleep 1000; done");
  options.working_directory = directory_;
  auto process = Process::start(options);
  ASSERT_TRUE(process);
  ASSERT_TRUE(eventually([&] { return !test::contents(directory_ / "up").empty(); }));
  const ExitStatus ended = process->stop(std::chrono::milliseconds(50));
  EXPECT_EQ(ended.text(), "signal 9 (Killed)");
}

TEST_F(ProcessTest, DestructorLeavesNothingBehind) {
  pid_t pid = 0;
  {
    auto process = Process::start(shell("sleep 1000"));
    ASSERT_TRUE(process);
    pid = process->pid();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_NE(kill(pid, 0), 0);
}

TEST(Process, ChildGetsTheDescriptorLimitThatWasThereBefore) {
  const test::TemporaryFolder folder;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit small = before;
  small.rlim_cur = std::min<rlim_t>(before.rlim_max, 777);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &small), 0);
  raise_descriptor_limit();
  rlimit raised{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &raised), 0);
  EXPECT_EQ(raised.rlim_cur, before.rlim_max);
  ProcessOptions options;
  options.arguments = {"/bin/sh", "-c", "ulimit -Sn"};
  options.output_file = folder.path() / "out";
  auto child = Process::start(options);
  ASSERT_TRUE(child);
  ASSERT_TRUE(child->wait(std::chrono::seconds(10)));
  std::ifstream out(options.output_file);
  rlim_t seen = 0;
  out >> seen;
  EXPECT_EQ(seen, small.rlim_cur);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace stream
