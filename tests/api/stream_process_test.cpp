#include "stream_process.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "process_record.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

Process start(const std::vector<std::string>& arguments) {
  ProcessOptions options;
  options.arguments = arguments;
  auto process = Process::start(options);
  EXPECT_TRUE(process) << process.error().message;
  return std::move(*process);
}

TEST(ProcessIdentity, NamesAProcessThatIsThere) {
  Process process = start({"/bin/sleep", "100"});
  const auto identity = identify_process(process.pid());
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->pid, process.pid());
  EXPECT_GT(identity->start_ticks, 0U);
  EXPECT_FALSE(identity->boot_id.empty());
  EXPECT_EQ(identity->arguments, (std::vector<std::string>{"/bin/sleep", "100"}));
  EXPECT_EQ(identify_process(process.pid()), identity) << "it stays the same";
}

TEST(ProcessIdentity, ProcessThatEndedButIsNotReapedHasNone) {
  Process process = start({"/bin/true"});
  EXPECT_TRUE(eventually([&] { return !identify_process(process.pid()); }));
  process.wait(std::chrono::seconds(5));
  EXPECT_FALSE(identify_process(process.pid()));
}

// Whatever a program is called, its start is found.
TEST(ProcessIdentity, NameWithBracketsAndSpacesIsNoTrouble) {
  const stream::test::TemporaryFolder folder;
  const fs::path program = folder.path() / "a) S 1 (b";
  fs::copy_file("/bin/sleep", program);
  Process process = start({program.string(), "100"});
  const auto identity = identify_process(process.pid());
  const auto own = identify_process(getpid());
  ASSERT_TRUE(identity && own);
  EXPECT_GE(identity->start_ticks, own->start_ticks);
}

TEST(ProcessRecord, IsReadAsItWasWritten) {
  const stream::test::TemporaryFolder folder;
  const ProcessRecord record{
      {4711, 99, "boot", {"/a/main", "--x=\"1\""}}, 8000, "127.0.0.1:9", 1'700'000'000'000'000, 3};
  ASSERT_TRUE(write_process_record(folder.path(), record));
  const auto read = read_process_record(folder.path());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, record);
  remove_process_record(folder.path());
  EXPECT_EQ(*read_process_record(folder.path()), std::nullopt);
}

TEST(ProcessRecord, BrokenOnesAreRefusedWithTheirName) {
  const stream::test::TemporaryFolder folder;
  for (const char* content : {"", "{", "[]", "{}", R"({"pid": 0})", R"({"pid": "1"})"}) {
    std::ofstream(folder.path() / "process.json") << content;
    const auto read = read_process_record(folder.path());
    ASSERT_FALSE(read) << content;
    EXPECT_EQ(read.error().message.find((folder.path() / "process.json").string()), 0U);
  }
}

TEST(AdoptedProcess, IsWatchedAndEnded) {
  Process child = start({"/bin/sleep", "100"});
  auto adopted = AdoptedProcess::adopt(*identify_process(child.pid()));
  ASSERT_TRUE(adopted);
  StreamProcess process(std::move(*adopted));
  EXPECT_EQ(process.pid(), child.pid());
  EXPECT_FALSE(process.poll());
  process.signal(SIGTERM);
  // Its end is seen before anybody reaps it.
  ASSERT_TRUE(eventually([&] { return process.poll().has_value(); }));
  EXPECT_EQ(*process.poll(), ProcessEnd{}) << "how it ended is for its parent alone";
  EXPECT_EQ(child.wait(std::chrono::seconds(5)), (ExitStatus{true, SIGTERM}));
}

TEST(AdoptedProcess, IsEndedWithItsGroup) {
  Process child = start({"/bin/sh", "-c", "sleep 100 & echo $! > \"$0\"; wait", "/dev/null"});
  auto adopted = AdoptedProcess::adopt(*identify_process(child.pid()));
  ASSERT_TRUE(adopted);
  adopted->signal(SIGKILL);
  EXPECT_TRUE(eventually([&] { return adopted->has_ended(); }));
  child.wait(std::chrono::seconds(5));
  EXPECT_TRUE(eventually([&] { return kill(-child.pid(), 0) != 0; })) << "the group is empty";
}

TEST(AdoptedProcess, WhatIsLeftOfItsGroupEndsWithIt) {
  const stream::test::TemporaryFolder folder;
  const std::string file = (folder.path() / "child").string();
  // In a group of its own, and not our child.
  Process parent = start(
      {"/bin/bash", "-c",
       "set -m; bash -c 'env -i /bin/sleep 1000 & echo $$ $! > \"$0\"; sleep 1000' \"$0\" & wait", file});
  const auto read = [&] {
    std::ifstream in(file);
    std::pair<pid_t, pid_t> found{0, 0};
    in >> found.first >> found.second;
    return found;
  };
  ASSERT_TRUE(eventually([&] { return read().second != 0; }));
  const auto [leader, child] = read();
  ASSERT_EQ(getpgid(child), leader);
  auto adopted = AdoptedProcess::adopt(*identify_process(leader));
  ASSERT_TRUE(adopted);
  StreamProcess process(std::move(*adopted));
  ASSERT_EQ(kill(leader, SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return process.poll().has_value(); }));
  EXPECT_TRUE(eventually([&] { return !identify_process(child); }));
}

TEST(AdoptedProcess, IsLeftAloneWhenItIsNotWatchedAnyMore) {
  Process child = start({"/bin/sleep", "100"});
  { const auto adopted = AdoptedProcess::adopt(*identify_process(child.pid())); }
  EXPECT_FALSE(child.poll());
}

TEST(AdoptedProcess, AnotherProcessIsNotTakenForIt) {
  Process child = start({"/bin/sleep", "100"});
  const ProcessIdentity identity = *identify_process(child.pid());
  ProcessIdentity other = identity;
  ++other.start_ticks;
  EXPECT_FALSE(AdoptedProcess::adopt(other));
  other = identity;
  other.boot_id = "an earlier one";
  EXPECT_FALSE(AdoptedProcess::adopt(other));
  other = identity;
  other.arguments.back() = "99";
  EXPECT_FALSE(AdoptedProcess::adopt(other));
  child.stop(std::chrono::seconds(5));
  EXPECT_FALSE(AdoptedProcess::adopt(identity));
}

TEST(StreamProcess, ChildTellsHowItEnded) {
  StreamProcess process(start({"/bin/sh", "-c", "exit 3"}));
  ASSERT_TRUE(eventually([&] { return process.poll().has_value(); }));
  EXPECT_EQ(*process.poll(), ProcessEnd(ExitStatus{false, 3}));
}

}  // namespace
}  // namespace stream::api
