#include "ordered_workers.hpp"

#include <gtest/gtest.h>

#include <future>
#include <map>

#include "stream/common/eventually.hpp"

namespace stream::logic {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(OrderedWorkers, JobsOfOneNameRunInOrderAndNeverTogether) {
  std::mutex mutex;
  std::map<std::string, std::vector<int>> done;
  std::map<std::string, int> running;
  bool together = false;
  OrderedWorkers workers({3, 10000, 10000});
  for (int i = 0; i < 300; ++i) {
    for (const std::string name : {"a", "b", "c"}) {
      ASSERT_TRUE(workers.submit(name, [&, name, i] {
        {
          const std::lock_guard lock(mutex);
          if (++running[name] > 1) together = true;
        }
        std::this_thread::yield();
        const std::lock_guard lock(mutex);
        --running[name];
        done[name].push_back(i);
      }));
    }
  }
  EXPECT_EQ(workers.stop(steady_clock::now() + seconds(20)), 0U);
  EXPECT_FALSE(together);
  for (const std::string name : {"a", "b", "c"}) {
    ASSERT_EQ(done[name].size(), 300U);
    EXPECT_TRUE(std::is_sorted(done[name].begin(), done[name].end())) << name;
  }
}

TEST(OrderedWorkers, SlowJobHoldsUpItsOwnNameOnly) {
  std::promise<void> release;
  std::atomic<bool> behind = false;
  std::atomic<int> others = 0;
  OrderedWorkers workers({2, 100, 100});
  ASSERT_TRUE(workers.submit("slow", [&] { release.get_future().wait(); }));
  ASSERT_TRUE(workers.submit("slow", [&] { behind = true; }));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(workers.submit("other", [&] { ++others; }));
  EXPECT_TRUE(eventually([&] { return others == 20; }));
  EXPECT_FALSE(behind);
  release.set_value();
  EXPECT_TRUE(eventually([&] { return behind.load(); }));
}

TEST(OrderedWorkers, TooManyWaitingAreRefused) {
  std::promise<void> release, began;
  OrderedWorkers workers({1, 4, 3});
  ASSERT_TRUE(workers.submit("a", [&] {
    began.set_value();
    release.get_future().wait();
  }));
  began.get_future().wait();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(workers.submit("a", [] {}));
  EXPECT_FALSE(workers.submit("a", [] {}));
  EXPECT_TRUE(workers.submit("b", [] {}));
  EXPECT_FALSE(workers.submit("c", [] {}));
  release.set_value();
  EXPECT_TRUE(eventually([&] { return workers.submit("c", [] {}); }));
}

TEST(OrderedWorkers, StopDropsAndCountsWhatDoesNotFitIntoTheTime) {
  std::promise<void> release, began;
  std::atomic<int> ran = 0;
  OrderedWorkers workers({1, 100, 100});
  ASSERT_TRUE(workers.submit("a", [&] {
    began.set_value();
    release.get_future().wait();
    ++ran;
  }));
  ASSERT_TRUE(workers.submit("a", [&] { ++ran; }));
  ASSERT_TRUE(workers.submit("b", [&] { ++ran; }));
  began.get_future().wait();
  auto dropped = std::async(std::launch::async, [&] { return workers.stop(steady_clock::now()); });
  std::size_t submitted = 3;
  EXPECT_TRUE(eventually([&] {  // until it refuses, it has not been stopped
    if (!workers.submit("a", [&] { ++ran; })) return true;
    ++submitted;
    return false;
  }));
  release.set_value();
  EXPECT_EQ(dropped.get() + static_cast<std::size_t>(ran.load()), submitted);
  EXPECT_GE(ran, 1);
  EXPECT_FALSE(workers.submit("a", [] {}));
}

}  // namespace
}  // namespace stream::logic
