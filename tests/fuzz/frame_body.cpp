// What stream processes post: the frame parser, and what looks for pictures in the body.
#include <memory>

#include "../ingest/bodies.hpp"
#include "frame_parser.hpp"
#include "target.hpp"

std::vector<std::string> stream::fuzz::examples() {
  std::vector<std::string> out = {R"({"error":"SUCCESS"})"};
  for (auto& [name, body] : ingest::legal_bodies()) out.push_back(std::move(body));
  return out;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stream;
  static ingest::FrameParser parser;
  // In memory of its own, so that a byte too far is seen.
  const auto copy = std::make_unique<char[]>(size);
  std::copy_n(data, size, copy.get());
  const std::string_view body(copy.get(), size);
  const auto outcome = parser.parse(body);
  if (const auto* meta = std::get_if<FrameMeta>(&outcome)) {
    static_cast<void>(parser.picture(body, std::nullopt));
    for (std::size_t i = 0; i <= meta->sub_objects.size(); ++i) static_cast<void>(parser.picture(body, i));
  } else if (const auto* failure = std::get_if<ingest::ParseFailure>(&outcome)) {
    FUZZ_CHECK(!failure->message.empty());
  }
  return 0;
}
