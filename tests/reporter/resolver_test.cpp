#include "resolver.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "stream/common/eventually.hpp"

namespace stream::reporter {
namespace {

using namespace std::chrono_literals;

// A name server that answers only names that do not begin with "dead", until it is let go.
struct NameServer {
  std::mutex mutex;
  std::condition_variable changed;
  bool answers = false;
  std::atomic<std::size_t> asked = 0;
  std::atomic<std::size_t> waiting = 0;

  static NameServer& instance() {
    static NameServer server;
    return server;
  }
};

Result<std::vector<std::string>> ask(const std::string& host) {
  auto& server = NameServer::instance();
  ++server.asked;
  if (host.starts_with("dead")) {
    ++server.waiting;
    std::unique_lock lock(server.mutex);
    server.changed.wait(lock, [&] { return server.answers; });
    --server.waiting;
    return fail(ErrorCode::kNotFound, "{}: no such name", host);
  }
  return std::vector<std::string>{"127.0.0.1"};
}

class ResolverTest : public testing::Test {
 protected:
  void SetUp() override {
    NameServer::instance().answers = false;
    NameServer::instance().asked = 0;
  }
  void TearDown() override { let_go(); }
  void let_go() {
    auto& server = NameServer::instance();
    {
      const std::lock_guard lock(server.mutex);
      server.answers = true;
    }
    server.changed.notify_all();
    EXPECT_TRUE(eventually([&] { return server.waiting == 0; }));
  }

  Resolver resolver_{ask};
};

TEST_F(ResolverTest, AddressesNeedNoLookup) {
  EXPECT_EQ(resolver_.resolve("10.0.0.1", 1ms).value(), std::vector<std::string>{"10.0.0.1"});
  EXPECT_EQ(resolver_.resolve("::1", 1ms).value(), std::vector<std::string>{"::1"});
  EXPECT_EQ(NameServer::instance().asked, 0U);
}

TEST_F(ResolverTest, SilentNameServerCostsNoMoreThanTheLimit) {
  const auto silent = resolver_.resolve("dead", 20ms);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(resolver_.resolve("good", 5s).value(), std::vector<std::string>{"127.0.0.1"});
}

TEST_F(ResolverTest, NameIsAskedForOnceHoweverManyWaitForIt) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(resolver_.resolve("dead", 5ms));
  EXPECT_EQ(NameServer::instance().asked, 1U);
}

TEST_F(ResolverTest, LookupsAreFewAndOthersWaitForOneToEnd) {
  for (std::size_t i = 0; i < 2 * Resolver::kMostLookups; ++i) {
    EXPECT_FALSE(resolver_.resolve("dead" + std::to_string(i), 2ms));
  }
  EXPECT_EQ(NameServer::instance().asked, Resolver::kMostLookups);
  EXPECT_FALSE(resolver_.resolve("good", 2ms));
  const std::jthread later([&] { let_go(); });
  EXPECT_TRUE(resolver_.resolve("good", 10s));
}

TEST(SystemResolver, KnowsThisMachine) {
  Resolver resolver;
  const auto addresses = resolver.resolve("localhost", 10s);
  ASSERT_TRUE(addresses) << addresses.error().message;
  EXPECT_FALSE(addresses->empty());
  EXPECT_EQ(resolver.resolve("no-such-name.invalid", 30s).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace stream::reporter
