#include "output_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "process_record.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/process.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAddress = "rtsp://admin:top secret@10.0.0.7/1";

class Output : public ::testing::Test {
 protected:
  Output() { give(kAddress); }
  void write(const std::string& text) { std::ofstream(log_, std::ios::app) << text << std::flush; }
  OutputLog open() {
    auto opened = OutputLog::open(getpid(), log_, std::nullopt);  // which does not write it
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  static std::vector<std::string> lines_of(OutputLog& output) {
    std::vector<std::string> lines;
    output.read([&](std::string_view line) { lines.emplace_back(line); });
    return lines;
  }
  LogPage page(const std::string& after = {}, std::size_t lines = 100) {
    auto read = read_log(log_, {lines, after});
    EXPECT_TRUE(read) << read.error().message;
    return read.value_or(LogPage{});
  }
  static std::string content(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // The process of this folder has been given this address.
  void give(const std::string& address) {
    secrets_.note(address);
    const auto saved = secrets_.save(folder_.path());
    EXPECT_TRUE(saved) << saved.error().message;
  }
  using Lines = std::vector<std::string>;

  stream::test::TemporaryFolder folder_;
  fs::path log_ = folder_.path() / "stream.log";
  LogSecrets secrets_;
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
  EXPECT_FALSE(output.keep_short(1000, secrets_));
  for (int i = 0; i < 20; ++i) write("a line of the log with the number " + std::to_string(i) + '\n');
  EXPECT_FALSE(output.keep_short(1000, secrets_));
  write(std::string("Start reconnected, url: ") + kAddress + "\n" + std::string(300, 'y') + "\n");
  write("last\n");
  EXPECT_TRUE(output.keep_short(1000, secrets_));
  EXPECT_EQ(fs::file_size(log_), 0U);
  EXPECT_EQ(content(former_log(log_)), "last\n") << "250 bytes do not hold the line before";
  write("after it\n");
  EXPECT_EQ(lines_of(output), Lines{"after it"});
}

TEST_F(Output, WhatIsKeptHasNoPasswords) {
  OutputLog output = open();
  write(std::string(2000, 'x') + "\n");
  write(std::string("Start reconnected, url: ") + kAddress + "\nand rtsp://root:hidden@h/2\n");
  EXPECT_TRUE(output.keep_short(1000, secrets_));
  const std::string kept = content(former_log(log_));
  EXPECT_EQ(kept, "Start reconnected, url: rtsp://admin:***@10.0.0.7/1\nand rtsp://root:***@h/2\n");
}

TEST_F(Output, ProcessGoesOnWritingAtTheStart) {
  std::ofstream process(log_, std::ios::app);
  OutputLog output = open();
  process << std::string(2000, 'x') << '\n' << std::flush;
  ASSERT_TRUE(output.keep_short(1000, secrets_));
  process << "more\n" << std::flush;
  EXPECT_EQ(content(log_), "more\n");
}

TEST_F(Output, RoomIsSeen) {
  EXPECT_FALSE(open().is_full());
}

TEST_F(Output, CannotBeOpenedWithoutAFolder) {
  const auto opened = OutputLog::open(getpid(), folder_.path() / "none/stream.log", 0);
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

TEST_F(Output, PagesGoOnOverAnEmptiedLogWithoutAGap) {
  OutputLog output = open();
  write(std::string(2000, 'x') + "\nseen\n");
  LogPage last = page();
  write(std::string("kept ") + kAddress + "\nkept too\nhalf a li");
  ASSERT_TRUE(output.keep_short(1000, secrets_));
  write("ne\nnew\n");
  const std::string kept = "kept rtsp://admin:***@10.0.0.7/1";
  EXPECT_EQ(page().lines, (Lines{"seen", kept, "kept too", "half a line", "new"}));
  last = page(last.next);
  EXPECT_EQ(last.lines, (Lines{kept, "kept too", "half a line", "new"}));
  EXPECT_FALSE(last.gap);
  write("newer\n");
  last = page(last.next);
  EXPECT_EQ(last.lines, Lines{"newer"});
  EXPECT_FALSE(last.gap);
}

TEST_F(Output, EveryLineIsFollowedOnceHoweverOftenItIsEmptied) {
  OutputLog output = open();
  Lines written, seen;
  LogPage last = page();
  int emptied = 0;
  for (int i = 0; i < 300; ++i) {
    const bool has_address = i % 3 == 0;
    write(fmt::format("line {} {}\n", i, has_address ? kAddress : "."));
    written.push_back(fmt::format("line {} {}", i, has_address ? "rtsp://admin:***@10.0.0.7/1" : "."));
    emptied += output.keep_short(400, secrets_) ? 1 : 0;
    if (i % 2 != 0) continue;
    last = page(last.next);
    EXPECT_FALSE(last.gap) << i;
    seen.insert(seen.end(), last.lines.begin(), last.lines.end());
  }
  last = page(last.next);
  seen.insert(seen.end(), last.lines.begin(), last.lines.end());
  EXPECT_GT(emptied, 10);
  EXPECT_EQ(seen, written);
}

TEST_F(Output, WhatIsNotKeptAnyMoreIsAGap) {
  OutputLog output = open();
  write("seen\n");
  LogPage last = page();
  write("lost\n" + std::string(2000, 'x') + "\nkept\n");
  ASSERT_TRUE(output.keep_short(1000, secrets_));
  write("new\n");
  last = page(last.next);
  EXPECT_EQ(last.lines, Lines{"new"});
  EXPECT_TRUE(last.gap);
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
    EXPECT_FALSE(read_log(log_, {100, after})) << after;
  }
}

TEST_F(Output, PasswordsOfAllThatWereEverGivenAreMasked) {
  write("rtsp://operator:hunter 2secret@old/1\n[\"rtsp://oper:hun ter\\\"2secret@odd/1\"]\n");
  write("rtsp://operator:hunter%202secret@old/1\nthe password is hunter 2secret\nrtsp://x:1 2@short/ 1 2\n");
  for (const char* address : {"rtsp://operator:hunter 2secret@old/1", "rtsp://oper:hun ter\"2secret@odd/1",
                              "rtsp://x:1 2@short/", "rtsp://operator:new@old/1"}) {
    give(address);
  }
  EXPECT_EQ(page().lines,
            (Lines{"rtsp://operator:***@old/1", "[\"rtsp://oper:***@odd/1\"]", "rtsp://operator:***@old/1",
                   "the password is ***", "rtsp://x:***@short/ 1 2"}));
  const auto kept = LogSecrets::load(folder_.path());
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->mask("rtsp://x:1 2@short/"), "rtsp://x:***@short/");
  struct ::stat state {};
  ASSERT_EQ(::stat((folder_.path() / "secrets.json").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777U, 0600U);
}

TEST_F(Output, NothingIsShownWhenNobodyKnowsWhatToHide) {
  write("rtsp://x:1 2@short/\n");
  std::ofstream(folder_.path() / "secrets.json") << "[[1,2";
  const auto read = read_log(log_, {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(read.error().message.find("secrets.json"), std::string::npos) << read.error().message;
}

TEST_F(Output, LastLineWithoutAnEndIsEnded) {
  EXPECT_EQ(OutputLog::end_line(log_), 0U);
  EXPECT_FALSE(fs::exists(log_));
  write("fatal: no licence");
  EXPECT_EQ(OutputLog::end_line(log_), 18U);
  EXPECT_EQ(OutputLog::end_line(log_), 18U);
  EXPECT_EQ(content(log_), "fatal: no licence\n");
}

// A process with its output in a file, until the end of its life.
class Writer {
 public:
  explicit Writer(const fs::path& log) {
    ProcessOptions options;
    options.arguments = {"/bin/cat"};
    options.output_file = log;
    int ends[2] = {};
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    options.file_descriptors = {{STDIN_FILENO, ends[0]}};
    process_.emplace(Process::start(options).value());
    close(ends[0]);
    input_ = ends[1];
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { close(input_); }
  pid_t pid() const { return process_->pid(); }
  void write(const std::string& text) const {
    EXPECT_EQ(::write(input_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

 private:
  std::optional<Process> process_;
  int input_ = -1;
};

TEST_F(Output, WhatAProcessWritesIsKeptShortAndShownThoughTheFileIsGone) {
  const Writer writer(log_);
  fs::remove(log_);
  write("of somebody else\n");
  auto output = OutputLog::open(writer.pid(), log_, std::nullopt);
  ASSERT_TRUE(output);
  writer.write("one\n");
  EXPECT_TRUE(eventually([&] { return lines_of(*output) == Lines{"one"}; }));

  ASSERT_TRUE(write_process_record(folder_.path(), {*identify_process(writer.pid()), 1, "h:1", 0, 0}));
  EXPECT_EQ(page().lines, Lines{"one"});

  writer.write(std::string(2000, 'x') + "\n");
  const fs::path behind = fmt::format("/proc/{}/fd/1", writer.pid());
  ASSERT_TRUE(eventually([&] { return fs::file_size(behind) > 2000; }));
  EXPECT_TRUE(output->keep_short(1000, secrets_));
  EXPECT_EQ(fs::file_size(behind), 0U);
  EXPECT_EQ(content(log_), "of somebody else\n");
}

TEST_F(Output, OutputThatIsAnotherFileIsNotTouched) {
  const stream::test::TemporaryFolder elsewhere;
  const Writer writer(elsewhere.path() / "stream.log");
  write("ours\n");
  auto output = OutputLog::open(writer.pid(), log_, 0);
  ASSERT_TRUE(output);
  EXPECT_EQ(lines_of(*output), Lines{"ours"});
}

TEST_F(Output, LongLinesAreCutAfterMasking) {
  const std::string shown = show_log_line(std::string(4090, 'x') + " " + kAddress, secrets_);
  EXPECT_EQ(shown.size(), 4096U);
  EXPECT_EQ(shown.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace stream::api
