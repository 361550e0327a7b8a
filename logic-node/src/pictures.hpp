// Where the pictures of a frame come from.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::logic {

using Deadline = std::chrono::steady_clock::time_point;

// Thread-safe. Pictures are JPEG as they came, not checked. kNotFound: gone, or never there; kUnavailable: no
// answer by the deadline.
class Pictures {
 public:
  virtual ~Pictures() = default;
  virtual Result<std::string> scene(const FrameRef& frame, Deadline deadline) = 0;
  virtual Result<std::string> sub_object(const FrameRef& frame, std::size_t index, Deadline deadline) = 0;
};

// Asks the ingest-node that the reference names, over HTTP.
class IngestPictures : public Pictures {
 public:
  explicit IngestPictures(std::size_t max_picture_bytes) : max_picture_bytes_(max_picture_bytes) {}
  Result<std::string> scene(const FrameRef& frame, Deadline deadline) override;
  Result<std::string> sub_object(const FrameRef& frame, std::size_t index, Deadline deadline) override;

 private:
  Result<std::string> fetch(const FrameRef& frame, const std::string& query, Deadline deadline) const;

  const std::size_t max_picture_bytes_;
};

}  // namespace stream::logic
