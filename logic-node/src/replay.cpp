#include "replay.hpp"

#include <algorithm>
#include <utility>

#include "stream/common/encode.hpp"
#include "stream/common/log.hpp"
#include "stream/http/get.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::logic {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64 << 20;  // an ingest-node sends about 1 MiB, or one frame

// Frames that cannot be read are left out, and so in the end counted as lost.
std::vector<FrameMeta> read_frames(const FrameBatch& batch, const std::string& task_id,
                                   std::uint32_t algorithm) {
  std::vector<FrameMeta> frames;
  for (const std::string& bytes : batch.frames) {
    auto frame = decode<FrameMeta>(bytes);
    if (frame && frame->number > 0 && frame->task_id == task_id && frame->algorithm == algorithm) {
      frames.push_back(*std::move(frame));
    }
  }
  std::sort(frames.begin(), frames.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return frames;
}

}  // namespace

Fetched IngestReplay::after(const FramePosition& position, const std::string& task_id,
                            std::uint32_t algorithm, Deadline deadline) {
  const auto target = fmt::format("/frames/{}/after/{}/{}/{}", position.boot, encode_name(task_id), algorithm,
                                  position.number);
  const auto answer = http::get(position.address, target, deadline, kMaxAnswerBytes);
  if (!answer) return {Fetched::Outcome::kUnreachable, {}};
  if (answer->status == 404) return {Fetched::Outcome::kGone, {}};
  if (answer->status != 200) return {Fetched::Outcome::kUnreachable, {}};
  const auto batch = decode<FrameBatch>(answer->body);
  if (!batch) {
    log::warn("frames_unreadable", {{"from", position.address}, {"why", batch.error().message}});
    return {Fetched::Outcome::kUnreachable, {}};
  }
  return {Fetched::Outcome::kFrames, read_frames(*batch, task_id, algorithm)};
}

}  // namespace stream::logic
