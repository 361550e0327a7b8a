#include "rules.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace stream::logic {
namespace {

using nlohmann::json;

// The names a value can have, in the order in which they are listed to people.
template <class Value>
using Names = std::vector<std::pair<std::string_view, Value>>;

const Names<ObjectList>& list_names() {
  static const Names<ObjectList> names{{"detections", ObjectList::kDetections},
                                       {"sub_objects", ObjectList::kSubObjects},
                                       {"tracks", ObjectList::kTracks},
                                       {"poses", ObjectList::kPoses},
                                       {"faces", ObjectList::kFaces}};
  return names;
}

Names<ObjectKey> key_names(ObjectList from) {
  switch (from) {
    case ObjectList::kDetections:
      return {{"class", ObjectKey::kClass}, {"label", ObjectKey::kLabel}, {"index", ObjectKey::kIndex}};
    case ObjectList::kSubObjects:
      return {{"label", ObjectKey::kLabel}, {"index", ObjectKey::kIndex}};
    case ObjectList::kTracks:
      return {{"track_id", ObjectKey::kTrackId}, {"index", ObjectKey::kIndex}};
    case ObjectList::kPoses:
    case ObjectList::kFaces:
      return {{"class", ObjectKey::kClass}, {"index", ObjectKey::kIndex}};
  }
  return {};
}

Names<EventPicture> picture_names(ObjectList from) {
  switch (from) {
    case ObjectList::kSubObjects:
      return {{"sub_object", EventPicture::kSubObject}, {"square", EventPicture::kSquare}};
    case ObjectList::kPoses:
      return {{"pose", EventPicture::kPose}, {"square", EventPicture::kSquare}};
    case ObjectList::kDetections:
    case ObjectList::kTracks:
    case ObjectList::kFaces:
      return {{"square", EventPicture::kSquare}};
  }
  return {};
}

const Names<ExtendValue>& value_names() {
  static const Names<ExtendValue> names{{"label", ExtendValue::kLabel},
                                        {"track_id", ExtendValue::kTrackId},
                                        {"class_name", ExtendValue::kClassName},
                                        {"score", ExtendValue::kScore}};
  return names;
}

std::string shown(const json& value) {
  constexpr std::size_t kLongest = 60;
  auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

tl::unexpected<Error> wrong(std::string_view path, const json& found, std::string_view expected) {
  return fail(ErrorCode::kInvalid, "{}: found {}, expected {}", path, shown(found), expected);
}

template <class Value>
Result<Value> read_name(const json& value, std::string_view path, const Names<Value>& names) {
  std::vector<std::string_view> expected;
  for (const auto& [name, meaning] : names) {
    if (value.is_string() && value.get_ref<const std::string&>() == name) return meaning;
    expected.push_back(name);
  }
  return wrong(path, value, fmt::format("{}", fmt::join(expected, " or ")));
}

// An object with no members but `known`.
Status check_members(const json& value, std::string_view path, const std::vector<std::string_view>& known) {
  if (!value.is_object()) return wrong(path, value, "an object");
  for (const auto& [name, member] : value.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return wrong(fmt::format("{}/{}", path, name), member,
                   fmt::format("no such member (known: {})", fmt::join(known, ", ")));
    }
  }
  return {};
}

Status check_has(const json& value, std::string_view path, std::string_view name) {
  if (value.contains(name)) return {};
  return fail(ErrorCode::kInvalid, "{}/{}: not there, but it is needed", path, name);
}

Status read_object(const json& object, Rules& rules) {
  return check_members(object, "/object", {"from", "key"})
      .and_then([&] { return check_has(object, "/object", "from"); })
      .and_then([&] { return check_has(object, "/object", "key"); })
      .and_then([&] { return read_name(object["from"], "/object/from", list_names()); })
      .and_then([&](ObjectList from) {
        rules.from = from;
        return read_name(object["key"], "/object/key", key_names(from));
      })
      .map([&](ObjectKey key) { rules.key = key; });
}

Result<ExtendEntry> read_entry(const json& entry, const std::string& path) {
  return check_members(entry, path, {"name", "value"})
      .and_then([&] { return check_has(entry, path, "name"); })
      .and_then([&] { return check_has(entry, path, "value"); })
      .and_then([&]() -> Result<ExtendValue> {
        const auto& name = entry["name"];
        if (!name.is_string() || name.get_ref<const std::string&>().empty()) {
          return wrong(path + "/name", name, "a text that is not empty");
        }
        return read_name(entry["value"], path + "/value", value_names());
      })
      .map([&](ExtendValue value) {
        return ExtendEntry{entry["name"].get<std::string>(), value};
      });
}

Status read_event(const json& event, Rules& rules) {
  if (auto known = check_members(event, "/event", {"picture", "extend"}); !known) return known;
  if (event.contains("picture")) {
    const auto picture = read_name(event["picture"], "/event/picture", picture_names(rules.from));
    if (!picture) return tl::unexpected(picture.error());
    rules.picture = *picture;
  }
  if (!event.contains("extend")) return {};
  const auto& extend = event["extend"];
  if (!extend.is_array()) return wrong("/event/extend", extend, "an array");
  for (std::size_t i = 0; i < extend.size(); ++i) {
    auto entry = read_entry(extend[i], fmt::format("/event/extend/{}", i));
    if (!entry) return tl::unexpected(std::move(entry.error()));
    rules.extend.push_back(*std::move(entry));
  }
  return {};
}

Status read_labels(const json& labels, Rules& rules) {
  if (!labels.is_array()) return wrong("/labels", labels, "an array");
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!labels[i].is_string()) return wrong(fmt::format("/labels/{}", i), labels[i], "a text");
    rules.labels.push_back(labels[i].get<std::string>());
  }
  return {};
}

}  // namespace

Result<Rules> read_rules(std::string_view logic_json) {
  const auto root = json::parse(logic_json, nullptr, false);
  if (root.is_discarded())
    return fail(ErrorCode::kInvalid, "found a text that is not JSON, expected an object");
  if (auto known = check_members(root, "", {"object", "event", "labels"}); !known) {
    return tl::unexpected(std::move(known.error()));
  }
  Rules rules;
  auto status = check_has(root, "", "object").and_then([&] { return read_object(root["object"], rules); });
  if (status && root.contains("event")) status = read_event(root["event"], rules);
  if (status && root.contains("labels")) status = read_labels(root["labels"], rules);
  if (!status) return tl::unexpected(std::move(status.error()));
  return rules;
}

}  // namespace stream::logic
