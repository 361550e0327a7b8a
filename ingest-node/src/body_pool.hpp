// Memory for whole frame bodies: blocks that are used again and again, so that their pages stay touched. A
// fresh 400 KB from the system costs more in page faults than receiving the frame.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace stream::ingest {

class BodyPool;

// One body. Gives its block back to the pool at its end, on whatever thread that is.
class Body {
 public:
  Body(std::shared_ptr<BodyPool> pool, std::unique_ptr<char[]> block, std::size_t block_bytes,
       std::size_t size)
      : pool_(std::move(pool)), block_(std::move(block)), block_bytes_(block_bytes), size_(size) {}
  ~Body();
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  std::span<char> memory() { return {block_.get(), size_}; }
  std::string_view text() const { return {block_.get(), size_}; }
  // What it takes of the pool's limit.
  std::size_t block_bytes() const { return block_bytes_; }

 private:
  const std::shared_ptr<BodyPool> pool_;
  std::unique_ptr<char[]> block_;
  const std::size_t block_bytes_;
  const std::size_t size_;
};

// All blocks together, used and free, stay within `limit_bytes`. Thread-safe.
class BodyPool : public std::enable_shared_from_this<BodyPool> {
 public:
  static std::shared_ptr<BodyPool> make(std::size_t limit_bytes);

  // Memory for `size` bytes, not initialised; null when the limit does not allow it now.
  std::shared_ptr<Body> take(std::size_t size);

  // The block that a body of this size takes: at most a quarter more than it.
  static std::size_t block_bytes_for(std::size_t size);

 private:
  friend class Body;
  explicit BodyPool(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}
  void give_back(std::unique_ptr<char[]> block, std::size_t block_bytes);
  void drop_free_blocks(std::size_t wanted_bytes);

  const std::size_t limit_bytes_;
  std::mutex mutex_;  // guards everything below
  std::size_t allocated_bytes_ = 0;
  std::map<std::size_t, std::vector<std::unique_ptr<char[]>>> free_;  // by block size
};

}  // namespace stream::ingest
