#include "trouble_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "stream/test/temporary_folder.hpp"

namespace stream::api {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kLife = 1'700'000'000'000'000;
constexpr std::int64_t kSecondUs = 1'000'000;

class TroubleFile : public ::testing::Test {
 protected:
  static KnownTrouble crash_loop(StreamMachine::TimePoint now) {
    KnownTrouble known;
    known.trouble = {4, 60s, {now - 30s, now - 10s}, true, true, now + 50s};
    known.status.state = StreamState::kCrashLoop;
    known.status.reason = StreamReason::kExited;
    known.status.text = "exit code 3; next start in 60 s";
    known.status.since_us = kLife + 5;
    known.status.restarts = 4;
    known.status.last_frame_us = kLife + 7;
    note_end(known.status, ExitStatus{false, 3});
    return known;
  }
  std::filesystem::path folder() const { return folder_.path(); }

  stream::test::TemporaryFolder folder_;
  const Moment written_{StreamMachine::TimePoint(1000s), kLife + 100 * kSecondUs};
};

TEST_F(TroubleFile, ComesBackWithTheTimeThatHasPassed) {
  const KnownTrouble known = crash_loop(written_.steady);
  ASSERT_TRUE(write_trouble(folder(), kLife, known, written_));
  // Another boot: its steady clock begins anew.
  const Moment later{StreamMachine::TimePoint(7s), written_.unix_us + 20 * kSecondUs};
  const auto read = read_trouble(folder(), kLife, later);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->status, known.status);
  const StreamMachine::Trouble expected{4,    60s,  {later.steady - 50s, later.steady - 30s},
                                        true, true, later.steady + 30s};
  EXPECT_EQ((*read)->trouble, expected);
}

TEST_F(TroubleFile, ClockThatWasSetBackCountsAsNoTime) {
  ASSERT_TRUE(write_trouble(folder(), kLife, crash_loop(written_.steady), written_));
  const auto read = read_trouble(folder(), kLife, {written_.steady, 5});
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->trouble, crash_loop(written_.steady).trouble);
}

TEST_F(TroubleFile, ClockThatWasSetFarAheadIsNoTrouble) {
  ASSERT_TRUE(write_trouble(folder(), kLife, crash_loop(written_.steady), written_));
  const auto read =
      read_trouble(folder(), kLife, {written_.steady, std::numeric_limits<std::int64_t>::max()});
  ASSERT_TRUE(read && *read);
  EXPECT_LT((*read)->trouble.next_try, written_.steady);
}

TEST_F(TroubleFile, AnotherLifeOfTheTaskBeginsWithoutIt) {
  ASSERT_TRUE(write_trouble(folder(), kLife, crash_loop(written_.steady), written_));
  EXPECT_EQ(read_trouble(folder(), kLife + 1, written_)->has_value(), false);
}

TEST_F(TroubleFile, NoneIsNoTrouble) {
  EXPECT_EQ(read_trouble(folder(), kLife, written_)->has_value(), false);
  ASSERT_TRUE(write_trouble(folder(), kLife, crash_loop(written_.steady), written_));
  remove_trouble(folder());
  EXPECT_EQ(read_trouble(folder(), kLife, written_)->has_value(), false);
  remove_trouble(folder());
}

TEST_F(TroubleFile, BrokenOneIsNamed) {
  for (const char* content : {"", "{", "[]", "{\"life\": 1}", "{\"life\": \"x\"}"}) {
    std::ofstream(folder() / "trouble.json") << content;
    const auto read = read_trouble(folder(), kLife, written_);
    ASSERT_FALSE(read) << content;
    EXPECT_NE(read.error().message.find("trouble.json"), std::string::npos) << read.error().message;
  }
}

}  // namespace
}  // namespace stream::api
