// Which path key frames have whose path says nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace stream::ingest {

// Gives each camera (mChannelId) the next of the keys when its first frame comes, for good. Confined to one
// thread.
class CameraKeys {
 public:
  // No keys: frames are taken where their path says so.
  explicit CameraKeys(std::vector<std::string> keys) : keys_(std::move(keys)) {}

  bool empty() const { return keys_.empty(); }
  std::size_t size() const { return keys_.size(); }
  // REQUIRES: !empty().
  const std::string& first() const { return keys_.front(); }
  // Null when others have all keys.
  const std::string* of(std::int32_t camera) {
    const auto known = std::find(cameras_.begin(), cameras_.end(), camera);
    const auto index = static_cast<std::size_t>(known - cameras_.begin());
    if (index == keys_.size()) return nullptr;
    if (known == cameras_.end()) cameras_.push_back(camera);
    return &keys_[index];
  }

 private:
  const std::vector<std::string> keys_;
  std::vector<std::int32_t> cameras_;  // in the order of their keys
};

}  // namespace stream::ingest
