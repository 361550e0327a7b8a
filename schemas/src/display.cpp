#include <nlohmann/json.hpp>

#include "fields.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"

namespace stream {
namespace {

using nlohmann::json;

std::string describe_picture(std::string_view bytes) {
  if (bytes.empty()) return "<no picture>";
  const std::string size = bytes.size() < 1000 ? fmt::format("{} B", bytes.size())
                                               : fmt::format("{} kB", (bytes.size() + 500) / 1000);
  const auto dimensions = picture::inspect_jpeg(bytes);
  if (!dimensions) return fmt::format("<not a jpeg, {}>", size);
  return fmt::format("<jpeg {}x{} {}>", dimensions->width, dimensions->height, size);
}

template <class T>
json shown(const T& value);

json shown(const detail::Picture<const std::string>& picture) {
  return describe_picture(picture.bytes);
}

template <class T>
json shown(const std::vector<T>& list) {
  json out = json::array();
  for (const T& item : list) out.push_back(shown(item));
  return out;
}

template <class T>
json shown(const T& value) {
  if constexpr (detail::Record<const T>) {
    json out = json::object();
    detail::visit(
        value, [&out](std::string_view name, const auto& member) { out[std::string(name)] = shown(member); });
    return out;
  } else {
    return value;
  }
}

}  // namespace

template <class Message>
json to_display_json(const Message& message) {
  return shown(message);
}

template json to_display_json(const FrameMeta&);
template json to_display_json(const Alarm&);
template json to_display_json(const TaskEvent&);
template json to_display_json(const SystemEvent&);
template json to_display_json(const ReportResult&);
template json to_display_json(const NodeRecord&);
template json to_display_json(const DeliveryRecord&);

}  // namespace stream
