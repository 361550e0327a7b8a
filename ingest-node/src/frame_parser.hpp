// From the body that http_push posts to the metadata that decisions are made on.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::ingest {

// {"error": "<name>"}: the stream process tells how its source does.
struct StatusReport {
  std::string error;
};

enum class Defect { kNotJson, kTooDeep, kNoFrame, kWrongType, kTooMany };
// For labels: not_json, too_deep, no_frame, wrong_type, too_many.
std::string_view name_of(Defect defect);

struct ParseFailure {
  Defect defect = Defect::kNotJson;
  std::string message;  // "/mFrame/mFrameId: found a string, expected an integer"
};

// FrameMeta: everything that stands in the body; task_id, algorithm, ref and received_us are left to the
// caller.
using ParseOutcome = std::variant<FrameMeta, StatusReport, ParseFailure>;

// Takes any bytes and never crashes. What the real serializer does is fine: absent lists (empty ones),
// lists of unequal length, null for floats that are NaN, members that are uninitialised memory (not looked
// at), missing mFps, mWidth and mHeight. Everything else that is not as it should be is a failure with its
// JSON pointer. Keeps its memory for the next body; confined to one thread.
class FrameParser {
 public:
  FrameParser();
  ~FrameParser();
  FrameParser(const FrameParser&) = delete;
  FrameParser& operator=(const FrameParser&) = delete;

  ParseOutcome parse(std::string_view body);

  // The base64 text of a picture in a body that parse() took: the scene's, or that of one of the sub-objects.
  // kNotFound when there is none. Valid until the next call, and as long as `body`.
  Result<std::string_view> picture(std::string_view body, std::optional<std::size_t> sub_object);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stream::ingest
