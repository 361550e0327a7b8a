#include "body_pool.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

namespace stream::ingest {
namespace {

TEST(BodyPool, BlocksAreAtMostAQuarterTooLarge) {
  for (const std::size_t size :
       {1U, 4096U, 4097U, 5120U, 5121U, 100'000U, 360'123U, 1'048'576U, 8'388'608U}) {
    const std::size_t block = BodyPool::block_bytes_for(size);
    EXPECT_GE(block, size);
    EXPECT_LE(block, std::max<std::size_t>(4096, size + size / 4)) << size;
    EXPECT_EQ(BodyPool::block_bytes_for(block), block) << size;
  }
}

TEST(BodyPool, MemoryIsUsedAgain) {
  const auto pool = BodyPool::make(1'000'000);
  const char* first = pool->take(100'000)->memory().data();
  EXPECT_EQ(pool->take(99'000)->memory().data(), first);
}

TEST(BodyPool, StaysWithinItsLimit) {
  const auto pool = BodyPool::make(100 * 4096);
  std::vector<std::shared_ptr<Body>> taken;
  while (auto body = pool->take(4096)) taken.push_back(std::move(body));
  EXPECT_EQ(taken.size(), 100U);
  taken.pop_back();
  EXPECT_NE(pool->take(1), nullptr);
}

TEST(BodyPool, FreeBlocksMakeRoomForOtherSizes) {
  const auto pool = BodyPool::make(100 * 4096);
  {
    std::vector<std::shared_ptr<Body>> small;
    for (int i = 0; i < 100; ++i) small.push_back(pool->take(4096));
  }
  EXPECT_NE(pool->take(300'000), nullptr);
  EXPECT_EQ(pool->take(500'000), nullptr) << "more than the limit";
}

TEST(BodyPool, BodiesMayEndOnOtherThreadsAndAfterThePool) {
  auto pool = BodyPool::make(10'000'000);
  std::shared_ptr<Body> last;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&pool] {
        for (int i = 0; i < 2000; ++i) {
          auto body = pool->take(static_cast<std::size_t>(1 + i * 37));
          if (body != nullptr) std::memset(body->memory().data(), i, body->memory().size());
        }
      });
    }
  }
  last = pool->take(5);
  pool.reset();
  EXPECT_EQ(last->memory().size(), 5U);
}

}  // namespace
}  // namespace stream::ingest
