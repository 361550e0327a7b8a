#include "output_log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "stream/test/temporary_folder.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAddress = "rtsp://admin:top secret@10.0.0.7/1";

class Output : public ::testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(log_, std::ios::app) << text << std::flush; }
  OutputLog open() {
    auto opened = OutputLog::open(log_, OutputLog::length(log_));
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  static std::vector<std::string> lines_of(OutputLog& output) {
    std::vector<std::string> lines;
    output.read([&](std::string_view line) { lines.emplace_back(line); });
    return lines;
  }
  LogPage page(const std::string& after = {}, std::size_t lines = 100) {
    auto read = read_log(log_, {lines, after, kAddress});
    EXPECT_TRUE(read) << read.error().message;
    return read.value_or(LogPage{});
  }
  static std::string content(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  using Lines = std::vector<std::string>;

  stream::test::TemporaryFolder folder_;
  fs::path log_ = folder_.path() / "stream.log";
};

TEST_F(Output, NewLogIsForItsOwnerAlone) {
  open();
  struct ::stat state {};
  ASSERT_EQ(::stat(log_.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777U, 0600U);
}

TEST_F(Output, IsFollowedInWholeLinesFromWhereTheProcessBegan) {
  write("of the process before\n");
  OutputLog output = open();
  EXPECT_EQ(lines_of(output), Lines{});
  write("one\ntw");
  EXPECT_EQ(lines_of(output), Lines{"one"});
  write("o\n\nthree\n");
  EXPECT_EQ(lines_of(output), (Lines{"two", "", "three"}));
  EXPECT_EQ(lines_of(output), Lines{});
}

TEST_F(Output, OfAFloodTheNewestIsRead) {
  OutputLog output = open();
  for (int i = 0; i < 30000; ++i) write(std::string(100, 'x') + std::to_string(i) + '\n');
  const Lines lines = lines_of(output);
  ASSERT_FALSE(lines.empty());
  EXPECT_LT(lines.size(), 700U);
  EXPECT_EQ(lines.back(), std::string(100, 'x') + "29999");
  EXPECT_TRUE(lines.front().starts_with(std::string(100, 'x'))) << "whole lines only";
}

TEST_F(Output, LineWithoutAnEndTakesNoMemory) {
  OutputLog output = open();
  for (int i = 0; i < 40; ++i) {
    write(std::string(100000, 'x'));
    EXPECT_EQ(lines_of(output), Lines{});
  }
  write("\nnext\n");
  EXPECT_EQ(lines_of(output).back(), "next");
}

TEST_F(Output, TooLongALogIsEmptiedAndItsEndIsKept) {
  OutputLog output = open();
  EXPECT_FALSE(output.keep_short(1000, kAddress));
  for (int i = 0; i < 20; ++i) write("a line of the log with the number " + std::to_string(i) + '\n');
  EXPECT_FALSE(output.keep_short(1000, kAddress));
  write(std::string("Start reconnected, url: ") + kAddress + "\n" + std::string(300, 'y') + "\n");
  write("last\n");
  EXPECT_TRUE(output.keep_short(1000, kAddress));
  EXPECT_EQ(fs::file_size(log_), 0U);
  EXPECT_EQ(content(former_log(log_)), "last\n") << "250 bytes do not hold the line before";
  write("after it\n");
  EXPECT_EQ(lines_of(output), Lines{"after it"});
}

TEST_F(Output, WhatIsKeptHasNoPasswords) {
  OutputLog output = open();
  write(std::string(2000, 'x') + "\n");
  write(std::string("Start reconnected, url: ") + kAddress + "\nand rtsp://root:hidden@h/2\n");
  EXPECT_TRUE(output.keep_short(1000, kAddress));
  const std::string kept = content(former_log(log_));
  EXPECT_EQ(kept, "Start reconnected, url: rtsp://admin:***@10.0.0.7/1\nand rtsp://root:***@h/2\n");
}

TEST_F(Output, ProcessGoesOnWritingAtTheStart) {
  std::ofstream process(log_, std::ios::app);
  OutputLog output = open();
  process << std::string(2000, 'x') << '\n' << std::flush;
  ASSERT_TRUE(output.keep_short(1000, kAddress));
  process << "more\n" << std::flush;
  EXPECT_EQ(content(log_), "more\n");
}

TEST_F(Output, RoomIsSeen) {
  EXPECT_FALSE(open().is_full());
}

TEST_F(Output, CannotBeOpenedWithoutAFolder) {
  const auto opened = OutputLog::open(folder_.path() / "none/stream.log", 0);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("none/stream.log: No such file"), std::string::npos);
}

TEST_F(Output, PageHasTheLastLinesMasked) {
  EXPECT_EQ(page().lines, Lines{}) << "there is no log yet";
  write(std::string("1\n2 ") + kAddress + "\n3 rtsp://u:pw@h\nunfinished");
  EXPECT_EQ(page({}, 2).lines, (Lines{"2 rtsp://admin:***@10.0.0.7/1", "3 rtsp://u:***@h"}));
}

TEST_F(Output, NextPageHasWhatCameSince) {
  write("1\n");
  LogPage last = page();
  EXPECT_EQ(page(last.next).lines, Lines{});
  write("2\n3");
  last = page(last.next);
  EXPECT_EQ(last.lines, Lines{"2"});
  EXPECT_FALSE(last.gap);
  write(" and more\n");
  last = page(last.next);
  EXPECT_EQ(last.lines, Lines{"3 and more"});
  write("4\n5\n6\n");
  last = page(last.next, 2);
  EXPECT_EQ(last.lines, (Lines{"5", "6"}));
  EXPECT_TRUE(last.gap) << "there were more lines than were asked for";
}

TEST_F(Output, PagesGoOnOverAnEmptiedLog) {
  OutputLog output = open();
  write(std::string(2000, 'x') + "\nkept\n");
  LogPage last = page();
  ASSERT_TRUE(output.keep_short(1000, {}));
  write("new\n");
  EXPECT_EQ(page().lines, (Lines{"kept", "new"}));
  last = page(last.next);
  EXPECT_EQ(last.lines, Lines{"new"});
  EXPECT_TRUE(last.gap);
  write("newer\n");
  last = page(last.next);
  EXPECT_EQ(last.lines, Lines{"newer"});
  EXPECT_FALSE(last.gap);
}

TEST_F(Output, HalfALineIsNeverShown) {
  write("rtsp://admin:" + std::string(1 << 20, 'p') + "@host\nnext\n");
  EXPECT_EQ(page().lines, Lines{"next"});
  const LogPage all = page("0-0");
  EXPECT_EQ(all.lines, Lines{"next"});
  EXPECT_TRUE(all.gap);
  write(std::string(2 << 20, 'p'));
  const LogPage never_ending = page(all.next);
  EXPECT_EQ(never_ending.lines, Lines{});
  write("p@host\nlast\n");
  EXPECT_EQ(page(never_ending.next).lines, Lines{"last"});
}

TEST_F(Output, PlaceThatNoPageGaveIsRefused) {
  for (const char* after : {"x", "1", "1-", "-1", "1-2-3", "1-x", "1 -2"}) {
    EXPECT_FALSE(read_log(log_, {100, after, {}})) << after;
  }
}

TEST_F(Output, LongLinesAreCutAfterMasking) {
  const std::string shown = show_log_line(std::string(4090, 'x') + " " + kAddress, kAddress);
  EXPECT_EQ(shown.size(), 4096U);
  EXPECT_EQ(shown.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace stream::api
