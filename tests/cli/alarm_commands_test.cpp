#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "command_line.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class AlarmCommandsTest : public ::testing::Test {
 protected:
  void park(const std::string& id, const std::string& reason) {
    Alarm alarm;
    alarm.id = id;
    alarm.task_id = "cam1";
    alarm.report_urls = {"http://user:geheim@receiver/upload"};
    ASSERT_EQ(streamctl_.bus().enqueue(topics::kAlarmQueue, id, encode(alarm)), bus::EnqueueResult::kStored);
    const auto taken = streamctl_.bus().pull(topics::kAlarmQueue, 1, 10s, 1s);
    ASSERT_TRUE(taken && taken->size() == 1);
    ASSERT_TRUE(streamctl_.bus().settle(topics::kAlarmQueue, taken->front(), bus::Park{reason}));
  }

  bus::QueueStats stats() { return streamctl_.bus().queue_stats(topics::kAlarmQueue).value(); }

  CommandLine streamctl_;
};

TEST_F(AlarmCommandsTest, ParkedOnesAreListedWithTheirReason) {
  park("cam1:0:7:42", "http://user:geheim@receiver/upload: code -1");
  const auto outcome = streamctl_.run({"alarm", "parked"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("cam1:0:7:42"));
  EXPECT_THAT(outcome.out, HasSubstr("code -1"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("geheim")));
}

TEST_F(AlarmCommandsTest, ListAsJsonIsOneObjectALine) {
  park("a", "refused");
  park("b", "refused");
  const auto outcome = streamctl_.run({"alarm", "parked", "--json"});
  std::istringstream lines(outcome.out);
  std::vector<std::string> ids;
  for (std::string line; std::getline(lines, line);) ids.push_back(nlohmann::json::parse(line)["id"]);
  EXPECT_THAT(ids, ::testing::ElementsAre("a", "b"));
}

TEST_F(AlarmCommandsTest, ShowNeedsAnAlarmThatExists) {
  park("a", "refused");
  const auto shown = streamctl_.run({"alarm", "show", "a"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_EQ(nlohmann::json::parse(shown.out)["task_id"], "cam1");
  EXPECT_TRUE(nlohmann::json::parse(shown.out)["delivery"].is_null());
  EXPECT_THAT(shown.out, Not(HasSubstr("geheim")));

  DeliveryRecord record;
  record.attempts = 7;
  record.reason = "http://user:geheim@receiver/upload: HTTP 404";
  ASSERT_TRUE(streamctl_.bus().cas(topics::delivery_key("a"), 0, encode(record)).done());
  const auto tried = streamctl_.run({"alarm", "show", "a"});
  EXPECT_EQ(nlohmann::json::parse(tried.out)["delivery"]["attempts"], 7);
  EXPECT_THAT(tried.out, Not(HasSubstr("geheim")));

  const auto missing = streamctl_.run({"alarm", "show", "b"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("b: "));
}

TEST_F(AlarmCommandsTest, RetryMakesThemReadyAgain) {
  park("a", "refused");
  park("b", "refused");
  EXPECT_EQ(streamctl_.run({"alarm", "retry", "a"}).exit_code, 0);
  EXPECT_EQ(stats().ready, 1U);
  EXPECT_EQ(stats().parked, 1U);
}

TEST_F(AlarmCommandsTest, PurgeAllRemovesThemForGood) {
  park("a", "refused");
  park("b", "refused");
  const auto outcome = streamctl_.run({"alarm", "purge", "--all"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "2 removed for good\n");
  EXPECT_EQ(stats().parked, 0U);
  EXPECT_EQ(stats().ready, 0U);
}

TEST_F(AlarmCommandsTest, OneThatIsNotParkedFailsAndTheOthersAreDone) {
  park("a", "refused");
  const auto outcome = streamctl_.run({"alarm", "purge", "nope", "a"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("nope: "));
  EXPECT_EQ(outcome.out, "1 removed for good\n");
}

}  // namespace
}  // namespace stream::cli
