#include "frame_parser.hpp"

#include <simdjson.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include "skeleton.hpp"

namespace stream::ingest {
namespace {

namespace dom = simdjson::dom;

// The real messages are 6 deep.
constexpr std::size_t kMaxDepth = 32;
// Elements of one list. The real ones hold some dozens.
constexpr std::size_t kMaxElements = 10'000;
// A parser that had to grow beyond this is replaced: one odd body must not hold memory for ever.
constexpr std::size_t kKeptCapacity = 1024 * 1024;

// Where in the body we are, as a chain on the stack; becomes text only when something is wrong.
struct Place {
  const Place* outer = nullptr;
  std::string_view key;
  std::size_t index = 0;  // counts when `key` is empty

  std::string text() const {
    if (outer == nullptr) return "";
    return key.empty() ? fmt::format("{}/{}", outer->text(), index)
                       : fmt::format("{}/{}", outer->text(), key);
  }
};
const Place kRoot;

std::string_view kind_of(dom::element value) {
  switch (value.type()) {
    case dom::element_type::ARRAY:
      return "an array";
    case dom::element_type::OBJECT:
      return "an object";
    case dom::element_type::STRING:
      return "a string";
    case dom::element_type::BOOL:
      return "a boolean";
    case dom::element_type::NULL_VALUE:
      return "null";
    case dom::element_type::DOUBLE:
      return "a number with a fraction";
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
      return "an integer";
  }
  return "something else";
}

// Reads one document. Its functions answer false after the first thing that is wrong, which is in failure().
class Reader {
 public:
  explicit Reader(const Skeleton& skeleton) : skeleton_(skeleton) {}

  const ParseFailure& failure() const { return failure_; }

  // False without a failure text: it has no mFrame.
  bool frame(dom::element body, FrameMeta& meta) {
    bool has_frame = false;
    const bool fine = fields(body, kRoot, [&](std::string_view key, dom::element value, const Place& place) {
      if (key == "mFrame") {
        has_frame = true;
        return frame_head(value, place, meta);
      }
      if (key == "mDetectedObjectMetadatas") {
        return list(value, place, meta.detections, &Reader::detection);
      }
      if (key == "mTrackedObjectMetadatas") return list(value, place, meta.track_ids, &Reader::track);
      if (key == "mSubObjectMetadatas") return list(value, place, meta.sub_objects, &Reader::sub_object);
      if (key == "mPosedObjectMetadatas") return list(value, place, meta.poses, &Reader::pose);
      if (key == "mFaceObjectMetadata") return list(value, place, meta.faces, &Reader::face);
      return true;
    });
    if (!fine) return false;
    return has_frame || reject(Defect::kNoFrame, "mFrame is missing");
  }

 private:
  bool reject(Defect defect, std::string message) {
    failure_ = {defect, std::move(message)};
    return false;
  }
  bool mismatch(const Place& place, dom::element found, std::string_view expected) {
    return reject(Defect::kWrongType,
                  fmt::format("{}: found {}, expected {}", place.text(), kind_of(found), expected));
  }
  bool missing(const Place& place, std::string_view key) {
    return reject(Defect::kWrongType, fmt::format("{}/{} is missing", place.text(), key));
  }

  // on_field(key, value, place) -> bool, for every field until one says false.
  template <class OnField>
  bool fields(dom::element value, const Place& place, OnField on_field) {
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return mismatch(place, value, "an object");
    for (const auto field : object) {
      if (!on_field(field.key, field.value, Place{&place, field.key})) return false;
    }
    return true;
  }

  template <class T>
  bool list(dom::element value, const Place& place, std::vector<T>& to,
            bool (Reader::*read_item)(dom::element, const Place&, T&)) {
    dom::array items;
    if (value.get(items) != simdjson::SUCCESS) return mismatch(place, value, "an array");
    to.clear();
    for (const auto item : items) {
      if (to.size() == kMaxElements) {
        return reject(Defect::kTooMany, fmt::format("{}: more than {} elements", place.text(), kMaxElements));
      }
      const Place here{&place, {}, to.size()};
      if (!(this->*read_item)(item, here, to.emplace_back())) return false;
    }
    return true;
  }

  template <class Integer>
  bool integer(dom::element value, const Place& place, Integer& to) {
    std::int64_t wide = 0;
    const auto error = value.get(wide);
    const bool fits = error == simdjson::SUCCESS && wide >= std::numeric_limits<Integer>::min() &&
                      wide <= std::numeric_limits<Integer>::max();
    if (!fits) {
      if (!value.is_int64() && !value.is_uint64()) return mismatch(place, value, "an integer");
      return reject(Defect::kWrongType,
                    fmt::format("{}: found an integer too large, expected at most {} bits", place.text(),
                                8 * sizeof(Integer)));
    }
    to = static_cast<Integer>(wide);
    return true;
  }

  // The serializer writes null for NaN.
  bool number(dom::element value, const Place& place, float& to) {
    to = 0;
    if (value.is_null()) return true;
    double wide = 0;
    if (value.get(wide) != simdjson::SUCCESS) return mismatch(place, value, "a number");
    if (std::abs(wide) > static_cast<double>(std::numeric_limits<float>::max())) {
      return reject(Defect::kWrongType, fmt::format("{}: found {}, which is no float", place.text(), wide));
    }
    to = static_cast<float>(wide);
    return true;
  }

  bool boolean(dom::element value, const Place& place, bool& to) {
    return value.get(to) == simdjson::SUCCESS || mismatch(place, value, "a boolean");
  }

  bool string(dom::element value, const Place& place, std::string_view& to) {
    return value.get(to) == simdjson::SUCCESS || mismatch(place, value, "a string");
  }

  bool frame_head(dom::element value, const Place& place, FrameMeta& meta) {
    bool has_id = false;
    const bool fine = fields(value, place, [&](std::string_view key, dom::element field, const Place& here) {
      if (key == "mFrameId") {
        has_id = true;
        return integer(field, here, meta.frame_id);
      }
      if (key == "mChannelId") return integer(field, here, meta.channel);
      if (key == "mTimestamp") return integer(field, here, meta.timestamp_us);
      if (key == "mWidth") return integer(field, here, meta.width);
      if (key == "mHeight") return integer(field, here, meta.height);
      if (key == "mEndOfStream") return boolean(field, here, meta.end_of_stream);
      std::string_view picture;
      if (key == "mSpData") return string(field, here, picture);
      return true;
    });
    return fine && (has_id || missing(place, "mFrameId"));
  }

  bool box(dom::element value, const Place& place, Box& to) {
    int sides = 0;
    const bool fine = fields(value, place, [&](std::string_view key, dom::element field, const Place& here) {
      std::int32_t* side = key == "mX"        ? &to.x
                           : key == "mY"      ? &to.y
                           : key == "mWidth"  ? &to.width
                           : key == "mHeight" ? &to.height
                                              : nullptr;
      if (side == nullptr) return true;
      ++sides;
      return integer(field, here, *side);
    });
    return fine &&
           (sides >= 4 ||
            reject(Defect::kWrongType, fmt::format("{}: expected mX, mY, mWidth and mHeight", place.text())));
  }

  bool detection(dom::element value, const Place& place, Detection& to) {
    bool has_box = false;
    const bool fine = fields(value, place, [&](std::string_view key, dom::element field, const Place& here) {
      if (key == "mBox") {
        has_box = true;
        return box(field, here, to.box);
      }
      if (key == "mClassify") return integer(field, here, to.class_id);
      if (key == "mScores") {
        const bool listed = list(field, here, numbers_, &Reader::number);
        if (listed && !numbers_.empty()) to.score = numbers_.front();
        return listed;
      }
      std::string_view label;
      if (key == "mLabelName") {
        const bool read = string(field, here, label);
        to.label = label;
        return read;
      }
      return true;
    });
    return fine && (has_box || missing(place, "mBox"));
  }

  bool track(dom::element value, const Place& place, std::int64_t& to) {
    bool has_id = false;
    const bool fine = fields(value, place, [&](std::string_view key, dom::element field, const Place& here) {
      if (key != "mTrackId") return true;
      has_id = true;
      return integer(field, here, to);
    });
    return fine && (has_id || missing(place, "mTrackId"));
  }

  bool sub_object(dom::element value, const Place& place, SubObject& to) {
    return fields(value, place, [&](std::string_view key, dom::element field, const Place& here) {
      if (key == "mFrame") {
        return fields(field, here, [&](std::string_view inner, dom::element data, const Place& there) {
          std::string_view text;
          if (inner != "mSpData") return true;
          if (!string(data, there, text)) return false;
          to.has_picture = !skeleton_.picture(text).empty();
          return true;
        });
      }
      if (key == "mRecognizedObjectMetadatas") {
        const bool listed = list(field, here, labels_, &Reader::recognised);
        if (listed && !labels_.empty()) to.label = labels_.front();
        return listed;
      }
      return true;
    });
  }

  bool recognised(dom::element value, const Place& place, std::string_view& label) {
    return fields(value, place, [&](std::string_view key, dom::element field, const Place& here) {
      return key != "mLabelName" || string(field, here, label);
    });
  }

  bool pose(dom::element value, const Place& place, Pose& to) {
    return fields(value, place, [&](std::string_view key, dom::element field, const Place& here) {
      return key != "keypoints" || list(field, here, to.keypoints, &Reader::number);
    });
  }

  bool face(dom::element value, const Place& place, Face& to) {
    std::int32_t left = 0, top = 0, right = 0, bottom = 0;
    const bool fine = fields(value, place, [&](std::string_view key, dom::element field, const Place& here) {
      if (key == "left") return integer(field, here, left);
      if (key == "top") return integer(field, here, top);
      if (key == "right") return integer(field, here, right);
      if (key == "bottom") return integer(field, here, bottom);
      if (key == "score") return number(field, here, to.score);
      if (key == "points_x") return list(field, here, to.points_x, &Reader::number);
      if (key == "points_y") return list(field, here, to.points_y, &Reader::number);
      return true;
    });
    if (!fine) return false;
    const std::int64_t width = std::int64_t{right} - left, height = std::int64_t{bottom} - top;
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    if (std::abs(width) > kMost || std::abs(height) > kMost) {
      return reject(Defect::kWrongType, fmt::format("{}: the box is too large", place.text()));
    }
    to.box = {left, top, static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)};
    return true;
  }

  const Skeleton& skeleton_;
  ParseFailure failure_;
  std::vector<float> numbers_;            // of the list being read
  std::vector<std::string_view> labels_;  // of the list being read
};

}  // namespace

std::string_view name_of(Defect defect) {
  switch (defect) {
    case Defect::kNotJson:
      return "not_json";
    case Defect::kTooDeep:
      return "too_deep";
    case Defect::kNoFrame:
      return "no_frame";
    case Defect::kWrongType:
      return "wrong_type";
    case Defect::kTooMany:
      return "too_many";
  }
  return "unknown";
}

struct FrameParser::Impl {
  // The body's outermost element, an object; the failure when there is none.
  std::variant<dom::element, ParseFailure> open(std::string_view body) {
    if (parser.capacity() > kKeptCapacity) parser = dom::parser();
    skeleton.take(body);
    if (parser.max_depth() != kMaxDepth) {
      if (const auto error = parser.allocate(skeleton.json().size(), kMaxDepth)) {
        return ParseFailure{Defect::kNotJson, simdjson::error_message(error)};
      }
    }
    dom::element root;
    const auto error = parser.parse(skeleton.json().data(), skeleton.json().size(), false).get(root);
    if (error == simdjson::DEPTH_ERROR) {
      return ParseFailure{Defect::kTooDeep, fmt::format("nested more than {} deep", kMaxDepth)};
    }
    if (error != simdjson::SUCCESS) {
      return ParseFailure{Defect::kNotJson, fmt::format("not JSON: {}", simdjson::error_message(error))};
    }
    if (!root.is_object()) {
      return ParseFailure{Defect::kWrongType, fmt::format("found {}, expected an object", kind_of(root))};
    }
    return root;
  }

  Skeleton skeleton;
  dom::parser parser;
};

FrameParser::FrameParser() : impl_(std::make_unique<Impl>()) {}
FrameParser::~FrameParser() = default;

ParseOutcome FrameParser::parse(std::string_view body) {
  auto opened = impl_->open(body);
  if (auto* failure = std::get_if<ParseFailure>(&opened)) return std::move(*failure);
  const auto root = std::get<dom::element>(opened);

  FrameMeta meta;
  Reader reader(impl_->skeleton);
  if (reader.frame(root, meta)) {
    meta.body_bytes = static_cast<std::uint32_t>(body.size());
    return meta;
  }
  std::string_view error;
  if (reader.failure().defect == Defect::kNoFrame && root["error"].get(error) == simdjson::SUCCESS) {
    return StatusReport{std::string(error)};
  }
  return reader.failure();
}

Result<std::string_view> FrameParser::picture(std::string_view body, std::optional<std::size_t> sub_object) {
  const auto opened = impl_->open(body);
  const auto* root = std::get_if<dom::element>(&opened);
  if (root == nullptr) return fail(ErrorCode::kInvalid, "{}", std::get<ParseFailure>(opened).message);
  simdjson::simdjson_result<dom::element> holder = dom::element(*root);
  if (sub_object) holder = (*root)["mSubObjectMetadatas"].at(*sub_object);
  std::string_view text;
  if (holder["mFrame"]["mSpData"].get(text) == simdjson::SUCCESS) text = impl_->skeleton.picture(text);
  if (text.empty()) return fail(ErrorCode::kNotFound, "the frame has no such picture");
  return text;
}

}  // namespace stream::ingest
