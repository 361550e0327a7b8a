// A message of any topic, made ready to be shown. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::cli {

// A picture that came with a message.
struct Picture {
  std::string name;  // for a file, without its end
  std::string jpeg;
};

struct TapMessage {
  std::string text;               // one line
  nlohmann::json json;            // members by name, pictures as "<jpeg 1920x1080 213 kB>"
  std::vector<Picture> pictures;  // of bodies and alarms
  std::optional<FrameRef> scene;  // of frames: where the picture stays
  std::string scene_name;         // for its file
};

// `topic` says what `payload` is. kInvalid with the reason when it is not that.
Result<TapMessage> read_message(std::string_view topic, std::string_view payload);

}  // namespace stream::cli
