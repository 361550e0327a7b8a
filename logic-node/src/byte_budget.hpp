// Memory that many share: whoever wants some takes its share first.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace stream::logic {

// Thread-safe.
class ByteBudget {
 public:
  // Given back when it ends. Confined to one thread at a time; must not outlive the budget.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (budget_ != nullptr) budget_->used_ -= bytes_;
    }

   private:
    friend class ByteBudget;
    Share(ByteBudget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes) {}

    ByteBudget* budget_ = nullptr;
    std::size_t bytes_ = 0;
  };

  explicit ByteBudget(std::size_t most) : most_(most) {}

  // Empty when there is not so much left.
  std::optional<Share> take(std::size_t bytes) {
    if (used_.fetch_add(bytes) + bytes <= most_) return Share(*this, bytes);
    used_ -= bytes;
    return std::nullopt;
  }
  std::size_t used() const { return used_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> used_ = 0;
};

}  // namespace stream::logic
