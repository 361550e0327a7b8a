#include "loss_counter.hpp"

#include <algorithm>
#include <utility>

namespace stream::bus {
namespace {

constexpr std::size_t kMaxTopics = 65'536;
constexpr std::size_t kMaxSenders = 8;

}  // namespace

std::uint64_t LossCounter::note(std::string_view topic, std::uint64_t sender, std::uint64_t sequence) {
  auto found = topics_.find(topic);
  if (found == topics_.end()) {
    if (topics_.size() == kMaxTopics) topics_.clear();
    found = topics_.emplace(std::string(topic), std::vector<Last>{}).first;
  }
  auto& senders = found->second;
  const auto last =
      std::find_if(senders.begin(), senders.end(), [&](const Last& l) { return l.sender == sender; });
  if (last == senders.end()) {
    if (senders.size() == kMaxSenders) senders.erase(senders.begin());
    senders.push_back({sender, sequence});
    return 0;
  }
  const std::uint64_t before = std::exchange(last->sequence, sequence);
  std::rotate(last, last + 1, senders.end());
  return sequence > before ? sequence - before - 1 : 0;
}

void LossCounter::forget(std::string_view prefix) {
  std::erase_if(topics_, [&](const auto& topic) { return topic.first.starts_with(prefix); });
}

}  // namespace stream::bus
