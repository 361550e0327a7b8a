#include "fetch_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "stream/common/eventually.hpp"

namespace stream::logic {
namespace {

TEST(FetchPool, AddressThatKeepsQuietHoldsUpNoOther) {
  std::latch released(1);
  std::atomic<int> asked = 0, done = 0;
  FetchPool pool(8, {4, std::chrono::hours(1), std::chrono::hours(1)});
  for (int i = 0; i < 100; ++i) {
    pool.post("quiet", {[&] {
                          ++asked;
                          released.wait();
                          return false;
                        },
                        [&] { ++done; }});
  }
  std::atomic<int> others = 0;
  for (int i = 0; i < 100; ++i) pool.post("other", {[] { return true; }, [&] { ++others; }});
  EXPECT_TRUE(eventually([&] { return others == 100 && asked == 4; }));
  EXPECT_EQ(done, 0);
  released.count_down();
  EXPECT_TRUE(eventually([&] { return done == 100; })) << done;
  EXPECT_EQ(asked, 100);
}

TEST(FetchPool, WhoGivesUpGoesOnWithoutHavingAsked) {
  std::atomic<int> asked = 0, done = 0;
  FetchPool pool(8, {1, std::chrono::milliseconds(0), std::chrono::hours(1)});
  for (int i = 0; i < 100; ++i) {
    pool.post("silent", {[&] {
                           ++asked;
                           return false;
                         },
                         [&] { ++done; }});
  }
  EXPECT_TRUE(eventually([&] { return done == 100; })) << done;
  EXPECT_EQ(asked, 1);
}

TEST(FetchPool, StoppedPoolDropsWhatWaits) {
  std::latch asking(1), released(1);
  std::atomic<int> done = 0;
  FetchPool pool(2, {1, std::chrono::hours(1), std::chrono::hours(1)});
  pool.post("a", {[&] {
                    asking.count_down();
                    released.wait();
                    return true;
                  },
                  [&] { ++done; }});
  pool.post("a", {[] { return true; }, [&] { ++done; }});
  asking.wait();
  std::thread stopping([&] { pool.stop(); });
  EXPECT_TRUE(eventually([&] {
    const auto posted = std::make_shared<int>(0);
    pool.post("a", {[] { return true; }, [posted] {}});
    return posted.use_count() == 1;  // not taken any more
  }));
  released.count_down();
  stopping.join();
  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace stream::logic
