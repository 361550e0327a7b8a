#include "pictures.hpp"

#include "stream/http/get.hpp"

namespace stream::logic {

Result<std::string> IngestPictures::scene(const FrameRef& frame, Deadline deadline) {
  return fetch(frame, "", deadline);
}

Result<std::string> IngestPictures::sub_object(const FrameRef& frame, std::size_t index, Deadline deadline) {
  return fetch(frame, fmt::format("?sub={}", index), deadline);
}

Result<std::string> IngestPictures::fetch(const FrameRef& frame, const std::string& query,
                                          Deadline deadline) const {
  const auto target = fmt::format("/frames/{}/{}.jpg{}", frame.boot, frame.sequence, query);
  auto answer = http::get(frame.address, target, deadline, max_picture_bytes_);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  if (answer->status == 200) return std::move(answer->body);
  const auto code = answer->status == 404 ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
  return fail(code, "{}: answered {} for a picture of frame {}", frame.address, answer->status,
              frame.sequence);
}

}  // namespace stream::logic
