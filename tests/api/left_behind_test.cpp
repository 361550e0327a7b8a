#include "left_behind.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "stragglers.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/process.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

class LeftBehindTest : public ::testing::Test {
 protected:
  // A process as the node of this name starts it for tasks/<task>/0.
  Process start(const std::string& task, const std::string& node = "api-1") {
    fs::create_directories(folder(task));
    ProcessOptions options;
    options.arguments = {"/bin/sleep", "100"};
    options.environment = {{kStragglerMark, straggler_mark(node, folder(task))}};
    auto process = Process::start(options);
    EXPECT_TRUE(process) << process.error().message;
    return std::move(*process);
  }
  void record(const std::string& task, const Process& process) {
    ASSERT_TRUE(
        write_process_record(folder(task), {*identify_process(process.pid()), 8000, "127.0.0.1:1", 5, 2}));
  }
  fs::path folder(const std::string& task) const {
    return (data_.path() / "tasks" / task / "0").lexically_normal();
  }
  static bool ends(Process& process) {
    return eventually([&] { return process.poll().has_value(); });
  }

  stream::test::TemporaryFolder data_;
};

TEST_F(LeftBehindTest, ProcessOfARecordIsFoundOnce) {
  Process process = start("a");
  record("a", process);
  LeftBehind left("api-1", data_.path());
  EXPECT_EQ(left.killed(), 0U);
  auto found = left.take(folder("a"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->process.pid(), process.pid());
  EXPECT_EQ(found->record.control_port, 8000);
  EXPECT_EQ(found->record.restarts, 2U);
  EXPECT_FALSE(left.take(folder("a")));
  EXPECT_EQ(left.end_the_rest(), 0U);
  EXPECT_FALSE(process.poll()) << "who took it has it";
}

TEST_F(LeftBehindTest, WhatNobodyTakesIsEnded) {
  Process process = start("a");
  record("a", process);
  LeftBehind left("api-1", data_.path());
  EXPECT_GE(left.end_the_rest(), 1U);
  EXPECT_TRUE(ends(process));
  EXPECT_EQ(*read_process_record(folder("a")), std::nullopt);
}

TEST_F(LeftBehindTest, MarkedProcessWithoutARecordIsKilledAtOnce) {
  Process process = start("a");
  const LeftBehind left("api-1", data_.path());
  EXPECT_EQ(left.killed(), 1U);
  EXPECT_TRUE(ends(process));
}

TEST_F(LeftBehindTest, ProcessesOfAnotherNodeAreNotTouched) {
  Process process = start("a", "api-2");
  record("a", process);
  LeftBehind left("api-1", data_.path());
  EXPECT_EQ(left.killed(), 0U);
  EXPECT_FALSE(left.take(folder("a")));
  EXPECT_EQ(left.end_the_rest(), 0U);
  EXPECT_FALSE(process.poll());
  EXPECT_TRUE(*read_process_record(folder("a"))) << "nor is what it has written down";
}

TEST_F(LeftBehindTest, RecordOfAnEndedProcessIsRemoved) {
  Process process = start("a");
  record("a", process);
  process.stop(std::chrono::seconds(5));
  LeftBehind left("api-1", data_.path());
  EXPECT_FALSE(left.take(folder("a")));
  EXPECT_EQ(*read_process_record(folder("a")), std::nullopt);
}

TEST_F(LeftBehindTest, OneThatEndedUnseenIsToldOnce) {
  Process process = start("a");
  ASSERT_TRUE(
      write_process_record(folder("a"), {*identify_process(process.pid()), 8000, "127.0.0.1:1", 5, 2, 4711}));
  process.stop(std::chrono::seconds(5));
  LeftBehind left("api-1", data_.path());
  const auto gone = left.take_gone(folder("a"));
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->restarts, 2U);
  EXPECT_EQ(gone->log_from, 4711U);
  EXPECT_FALSE(left.take_gone(folder("a")));
}

TEST_F(LeftBehindTest, RecordOfAFormerReleaseSaysNotWhereTheLogBegins) {
  Process process = start("a");
  record("a", process);
  ASSERT_TRUE(*read_process_record(folder("a")));
  EXPECT_EQ((*read_process_record(folder("a")))->log_from, std::nullopt);
}

TEST_F(LeftBehindTest, BrokenRecordIsNoTroubleForOthers) {
  Process known = start("a");
  record("a", known);
  Process unknown = start("b");
  std::ofstream(folder("b") / "process.json") << "{";
  LeftBehind left("api-1", data_.path());
  EXPECT_TRUE(left.take(folder("a")));
  EXPECT_TRUE(ends(unknown)) << "its task starts a new one";
}

TEST_F(LeftBehindTest, OneThatIsSharedIsFoundToo) {
  Process process = start("../shared");  // its folder is shared/0
  record("../shared", process);
  LeftBehind left("api-1", data_.path());
  EXPECT_EQ(left.killed(), 0U);
  EXPECT_TRUE(left.take(data_.path() / "shared" / "0"));
}

TEST_F(LeftBehindTest, NoFolderIsNoTrouble) {
  LeftBehind left("api-1", data_.path() / "none");
  EXPECT_EQ(left.killed(), 0U);
}

}  // namespace
}  // namespace stream::api
