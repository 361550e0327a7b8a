// The command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/common/node.hpp"
#include "stream/common/process.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::sim {
namespace {

int exit_code(std::vector<std::string> arguments) {
  const test::TemporaryFolder folder;
  arguments.insert(arguments.begin(), std::string(STREAM_BIN_DIR) + "/stream-sim");
  ProcessOptions options;
  options.arguments = std::move(arguments);
  options.output_file = folder.path() / "log";
  auto process = Process::start(options);
  if (!process) return -1;
  const auto status = process->wait(std::chrono::seconds(30));
  return status && !status->signalled ? status->value : -1;
}

TEST(Program, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(exit_code({"--help"}), kExitOk);
  EXPECT_EQ(exit_code({"--version"}), kExitOk);
}

TEST(Program, WrongUseIsTold) {
  EXPECT_EQ(exit_code({}), kExitUsage);
  EXPECT_EQ(exit_code({"--frobnicate"}), kExitUsage);
  EXPECT_EQ(exit_code({"--seconds", "3"}), kExitUsage);
}

TEST(Program, WhatCannotBeReadOrWrittenFails) {
  EXPECT_EQ(exit_code({"--demo_config_path=/nowhere/demo.json"}), kExitFailed);
  EXPECT_EQ(exit_code({"--make-installation", "/dev/null/here"}), kExitFailed);
  EXPECT_EQ(exit_code({"--render", "/nowhere/street.mp4", "--seconds", "1"}), kExitFailed);
}

}  // namespace
}  // namespace stream::sim
