// The body of one post, as sophon-stream's serializer writes it: compact JSON, sorted keys, a list that is
// empty is left out, pictures as base64 of JPEG. mFps, mSubId and a sub-object's mGraphId are uninitialised
// memory there and so anything here.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "objects.hpp"
#include "stream/common/result.hpp"

namespace stream::sim {

struct FrameInfo {
  int channel_id = 0;
  int graph_id = 0;
  std::int64_t frame_id = 0;
  std::int64_t timestamp_us = 0;
};

// kInvalid when the picture or a crop cannot be encoded.
Result<std::string> write_message(const FrameInfo& frame, const Objects& objects, const picture::Image& image,
                                  std::mt19937_64& garbage);

}  // namespace stream::sim
