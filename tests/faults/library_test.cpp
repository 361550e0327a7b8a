// The tools of this folder themselves: what finds no fault must be able to.
#include <gtest/gtest.h>

#include "ledger.hpp"
#include "proxy.hpp"
#include "script.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/tcp_client.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::faults {
namespace {

using namespace std::chrono_literals;
using test::TcpClient;

TEST(Episodes, AlarmWhenSeenOftenEnoughAndEndWhenAwayTooLong) {
  // Seen in 0, 2, 3; away from 4 to 6; seen in 7, 8, 9.
  std::vector<std::vector<std::string>> seen(10);
  for (const std::size_t frame : {0U, 2U, 3U, 7U, 8U, 9U}) seen[frame] = {"A"};
  EXPECT_EQ(episodes_of(seen, 3, 5), (std::vector<Episode>{{"A", 3, 0, 9}}));
  EXPECT_EQ(episodes_of(seen, 3, 3), (std::vector<Episode>{{"A", 3, 0, 3}, {"A", 9, 7, 9}}));
  EXPECT_EQ(episodes_of(seen, 4, 3), (std::vector<Episode>{}));
}

TEST(Script, IsTheSameForTheSameSeedAndHoldsEpisodes) {
  const test::TemporaryFolder folder;
  const Script one = write_script(folder.path() / "1", {.seed = 7});
  const Script two = write_script(folder.path() / "2", {.seed = 7});
  const Script other = write_script(folder.path() / "3", {.seed = 8});
  EXPECT_EQ(one.episodes, two.episodes);
  EXPECT_NE(one.episodes, other.episodes);
  EXPECT_GT(one.episodes.size(), 10U);
}

// ---- the judge

Posted posted(const std::string& id, std::int64_t frame, const std::string& label, int second = 0) {
  Posted post;
  post.at = Clock::time_point(std::chrono::seconds(second));
  post.id = post.key = id;
  post.task = "t";
  post.frame = frame;
  post.labels = {label};
  post.taken = true;
  return post;
}

const std::map<std::string, std::vector<Episode>> kExpected = {{"t", {{"A", 3, 1, 9}, {"B", 5, 3, 9}}}};
const std::vector<Posted> kRight = {posted("1", 3, "A"), posted("2", 5, "B")};

TEST(Judge, FindsNothingWhereAllIsWell) {
  const Verdict verdict = judge(kExpected, kRight, {});
  EXPECT_EQ(verdict.expected, 2U);
  EXPECT_EQ(verdict.lost + verdict.wrong + verdict.decided_twice + verdict.repeats, 0U) << verdict.details;
}

TEST(Judge, FindsWhatIsLostWrongOrDecidedTwice) {
  EXPECT_EQ(judge(kExpected, {kRight[0]}, {}).lost, 1U);
  auto posts = kRight;
  posts.push_back(posted("3", 7, "C"));
  EXPECT_EQ(judge(kExpected, posts, {}).wrong, 1U);
  posts = {posted("1", 4, "A"), kRight[1]};
  EXPECT_EQ(judge(kExpected, posts, {}).wrong, 1U) << "a frame too late";
  posts = kRight;
  posts.push_back(posted("4", 3, "A"));
  EXPECT_EQ(judge(kExpected, posts, {}).decided_twice, 1U);
  posts = kRight;
  posts[0].key = "another";
  EXPECT_EQ(judge(kExpected, posts, {}).wrong, 1U);
}

TEST(Judge, WhatWasNotTakenDoesNotCount) {
  auto posts = kRight;
  posts[0].taken = false;
  EXPECT_EQ(judge(kExpected, posts, {}).lost, 1U);
  posts.push_back(kRight[0]);
  EXPECT_EQ(judge(kExpected, posts, {}).lost, 0U);
  EXPECT_EQ(judge(kExpected, posts, {}).repeats, 0U);
}

TEST(Judge, RepeatsAreExcusedInDoubtOnly) {
  auto posts = kRight;
  posts[0].at = Clock::time_point(10s);
  posts.push_back(posted("1", 3, "A", 12));
  EXPECT_EQ(judge(kExpected, posts, {}).not_in_doubt, 1U);
  const std::vector<Doubt> doubts = {{Clock::time_point(9s), Clock::time_point(11s)}};
  EXPECT_EQ(judge(kExpected, posts, doubts).not_in_doubt, 0U);
  EXPECT_EQ(judge(kExpected, posts, doubts).repeats, 1U);
  posts.push_back(posted("1", 3, "A", 20));  // the POST before it was long after the doubt
  EXPECT_EQ(judge(kExpected, posts, doubts).not_in_doubt, 1U);
}

// ---- the proxy

class ProxyTest : public ::testing::Test {
 protected:
  static std::string post() { return "POST /api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n[]"; }
  int status_of(TcpClient& client) { return client.send(post()) ? client.read_answer().status : 0; }

  AlarmSink sink_;
  FaultProxy proxy_{static_cast<std::uint16_t>(std::stoi(sink_.url().substr(sink_.url().rfind(':') + 1)))};
};

TEST_F(ProxyTest, PassesDelaysAndDripsEveryByte) {
  TcpClient first(proxy_.port());
  EXPECT_EQ(status_of(first), 200);
  proxy_.set(FaultProxy::Mode::kDelay, 100ms);
  const auto begin = Clock::now();
  TcpClient second(proxy_.port());
  EXPECT_EQ(status_of(second), 200);
  EXPECT_GE(Clock::now() - begin, 200ms);
  proxy_.set(FaultProxy::Mode::kDrip);
  TcpClient third(proxy_.port());
  EXPECT_EQ(status_of(third), 200);
  EXPECT_EQ(sink_.posts().size(), 3U);
}

TEST_F(ProxyTest, RefusesAndResets) {
  proxy_.set(FaultProxy::Mode::kRefuse);
  TcpClient refused(proxy_.port());
  EXPECT_EQ(status_of(refused), 0);
  proxy_.set(FaultProxy::Mode::kPass);
  TcpClient open(proxy_.port());
  ASSERT_TRUE(eventually([&] { return proxy_.connections() == 2; }));
  proxy_.set(FaultProxy::Mode::kReset);
  EXPECT_TRUE(open.closed_within(5s));
  TcpClient next(proxy_.port());
  EXPECT_EQ(status_of(next), 200);
}

TEST_F(ProxyTest, BlackHoleKeepsEverythingUntilItEnds) {
  TcpClient before(proxy_.port());
  ASSERT_TRUE(eventually([&] { return proxy_.connections() == 1; }));
  proxy_.set(FaultProxy::Mode::kBlackHole);
  TcpClient during(proxy_.port());
  ASSERT_TRUE(during.connected());
  EXPECT_TRUE(before.send(post()));
  EXPECT_TRUE(during.send(post()));
  EXPECT_FALSE(during.closed_within(300ms));
  EXPECT_TRUE(sink_.posts().empty());
  proxy_.set(FaultProxy::Mode::kPass);
  EXPECT_EQ(before.read_answer().status, 200);
  EXPECT_EQ(during.read_answer().status, 200);
}

TEST_F(ProxyTest, HalfOpenPassesOneWay) {
  proxy_.set(FaultProxy::Mode::kHalfOpen);
  TcpClient client(proxy_.port());
  EXPECT_TRUE(client.send(post()));
  EXPECT_TRUE(eventually([&] { return sink_.posts().size() == 1; }));
  EXPECT_FALSE(client.closed_within(300ms));
  proxy_.set(FaultProxy::Mode::kPass);
  EXPECT_TRUE(client.closed_within(5s));
}

}  // namespace
}  // namespace stream::faults
