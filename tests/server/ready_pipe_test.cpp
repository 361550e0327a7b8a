#include "ready_pipe.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace stream::server {
namespace {

void say(const ReadyPipe& pipe, const std::string& text) {
  ASSERT_EQ(::write(pipe.child_end(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

TEST(TakeLine, ReadyCarriesValues) {
  NodeWords words;
  take_line("READY listen=127.0.0.1:8001 and admin=127.0.0.1:9", words);
  EXPECT_TRUE(words.ready);
  EXPECT_EQ(words.values,
            (std::map<std::string, std::string>{{"listen", "127.0.0.1:8001"}, {"admin", "127.0.0.1:9"}}));
}

TEST(TakeLine, ReadyAloneIsEnough) {
  NodeWords words;
  take_line("READY", words);
  EXPECT_TRUE(words.ready);
}

TEST(TakeLine, FailedCarriesTheReason) {
  NodeWords words;
  take_line("FAILED 0.0.0.0:8001: address already in use", words);
  EXPECT_FALSE(words.ready);
  EXPECT_EQ(words.failure, "0.0.0.0:8001: address already in use");
}

TEST(TakeLine, OtherWordsMeanNothing) {
  NodeWords words;
  for (const char* line : {"", "READYish", "ready", "FAILED", "hello READY"}) take_line(line, words);
  EXPECT_FALSE(words.ready);
  EXPECT_TRUE(words.failure.empty());
}

TEST(ReadyPipe, HalfALineIsNotReady) {
  auto pipe = ReadyPipe::make();
  ASSERT_TRUE(pipe);
  say(*pipe, "READY listen=a");
  EXPECT_FALSE(pipe->words().ready);
  say(*pipe, ":1\nFAILED");
  EXPECT_TRUE(pipe->words().ready);
  EXPECT_EQ(pipe->words().values.at("listen"), "a:1");
}

TEST(ReadyPipe, WordsSurviveTheEndOfTheWriter) {
  auto pipe = ReadyPipe::make();
  ASSERT_TRUE(pipe);
  say(*pipe, "FAILED no disk\n");
  pipe->close_child_end();
  EXPECT_EQ(pipe->words().failure, "no disk");
  EXPECT_EQ(pipe->words().failure, "no disk");
}

TEST(ReadyPipe, EndlessLineIsBounded) {
  auto pipe = ReadyPipe::make();
  ASSERT_TRUE(pipe);
  for (int i = 0; i < 8; ++i) {
    say(*pipe, std::string(4096, 'x'));
    EXPECT_FALSE(pipe->words().ready);
  }
  say(*pipe, "\nREADY\n");
  EXPECT_TRUE(pipe->words().ready);
}

}  // namespace
}  // namespace stream::server
