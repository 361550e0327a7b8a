#include "body_pool.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace stream::ingest {

Body::~Body() {
  pool_->give_back(std::move(block_), block_bytes_);
}

std::shared_ptr<BodyPool> BodyPool::make(std::size_t limit_bytes) {
  return std::shared_ptr<BodyPool>(new BodyPool(limit_bytes));
}

std::size_t BodyPool::block_bytes_for(std::size_t size) {
  // Four sizes an octave: 4, 5, 6, 7, 8, 10, 12, 14, 16 ... KiB.
  constexpr std::size_t kSmallest = 4096;
  if (size <= kSmallest) return kSmallest;
  const std::size_t step = std::bit_floor(size - 1) / 4;
  return (size + step - 1) / step * step;
}

std::shared_ptr<Body> BodyPool::take(std::size_t size) {
  const std::size_t block_bytes = block_bytes_for(size);
  std::unique_ptr<char[]> block;
  {
    const std::lock_guard lock(mutex_);
    if (auto& blocks = free_[block_bytes]; !blocks.empty()) {
      block = std::move(blocks.back());
      blocks.pop_back();
    } else {
      drop_free_blocks(block_bytes);
      if (allocated_bytes_ + block_bytes > limit_bytes_) return nullptr;
      allocated_bytes_ += block_bytes;
    }
  }
  if (block == nullptr) block = std::make_unique_for_overwrite<char[]>(block_bytes);
  return std::make_shared<Body>(shared_from_this(), std::move(block), block_bytes, size);
}

void BodyPool::give_back(std::unique_ptr<char[]> block, std::size_t block_bytes) {
  const std::lock_guard lock(mutex_);
  free_[block_bytes].push_back(std::move(block));
}

// Makes room for `wanted_bytes` by giving free blocks of other sizes back to the system.
void BodyPool::drop_free_blocks(std::size_t wanted_bytes) {
  for (auto& [block_bytes, blocks] : free_) {
    while (!blocks.empty() && allocated_bytes_ + wanted_bytes > limit_bytes_) {
      blocks.pop_back();
      allocated_bytes_ -= block_bytes;
    }
  }
}

}  // namespace stream::ingest
