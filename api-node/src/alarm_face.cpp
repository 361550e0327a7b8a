#include "alarm_face.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "json_answer.hpp"
#include "stream/common/base64.hpp"
#include "stream/common/secrets.hpp"
#include "stream/http/uri.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

constexpr std::uint32_t kUsuallyListed = 100;
constexpr std::uint32_t kMostListed = 10'000;  // what the bus lists at once
constexpr std::array<std::string_view, 4> kStates{"ready", "delayed", "leased", "parked"};

http::Response jpeg(std::string picture) {
  http::Response response;
  response.body = std::move(picture);
  response.content_type = "image/jpeg";
  return response;
}

Result<std::optional<bus::QueueState>> read_state(std::string_view text) {
  if (text.empty() || text == "all") return std::nullopt;
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates.at(i) == text) return static_cast<bus::QueueState>(i);
  }
  return fail(ErrorCode::kInvalid, "state: found \"{}\", expected ready, delayed, leased, parked or all",
              text);
}

Result<std::uint32_t> read_limit(std::string_view text) {
  if (text.empty()) return kUsuallyListed;
  std::uint32_t limit = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (bad != std::errc{} || end != text.data() + text.size() || limit < 1 || limit > kMostListed) {
    return fail(ErrorCode::kInvalid, "limit: found \"{}\", expected 1 to {}", text, kMostListed);
  }
  return limit;
}

void mask_texts(json& value) {
  if (value.is_string()) {
    value = mask_secrets(value.get_ref<const std::string&>());
  } else if (value.is_structured()) {
    for (json& element : value) mask_texts(element);
  }
}

class AlarmFace {
 public:
  explicit AlarmFace(bus::Bus& bus) : bus_(bus) {}

  http::Response list(const http::Request& request) const;
  http::Response show(const std::string& id, bool pictures) const;
  http::Response scene(const std::string& id) const;
  // `number`: of the event, from 0, as text.
  http::Response event_picture(const std::string& id, std::string_view number) const;
  http::Response retry(const std::string& id) const {
    return changed(id, bus_.unpark(topics::kAlarmQueue, id));
  }
  http::Response purge(const std::string& id) const {
    return changed(id, bus_.purge(topics::kAlarmQueue, id));
  }

 private:
  // Of a change that only parked alarms can undergo.
  http::Response changed(const std::string& id, const Status& done) const;
  Result<Alarm> read(const std::string& id) const;
  json delivery(const std::string& id) const;

  bus::Bus& bus_;
};

http::Response AlarmFace::list(const http::Request& request) const {
  const auto state = read_state(http::query_parameter(request.query, "state"));
  if (!state) return refused(state.error());
  const auto limit = read_limit(http::query_parameter(request.query, "limit"));
  if (!limit) return refused(limit.error());
  const auto counts = bus_.queue_stats(topics::kAlarmQueue);
  if (!counts) return refused(counts.error());
  const auto items = bus_.list_queue(topics::kAlarmQueue, *state, *limit);
  if (!items) return refused(items.error());
  json alarms = json::array();
  for (const bus::QueueItem& item : *items) {
    alarms.push_back({{"id", item.id},
                      {"state", kStates.at(static_cast<std::size_t>(item.state))},
                      {"hand_outs", item.attempts},
                      {"bytes", item.payload_bytes},
                      {"enqueued_unix_ms", item.enqueued_unix_ms},
                      {"reason", mask_secrets(item.reason)}});
  }
  return answer(200, {{"alarms", std::move(alarms)},
                      {"counts",
                       {{"ready", counts->ready},
                        {"delayed", counts->delayed},
                        {"leased", counts->leased},
                        {"parked", counts->parked}}}});
}

http::Response AlarmFace::show(const std::string& id, bool pictures) const {
  const auto alarm = read(id);
  if (!alarm) return refused(alarm.error());
  json shown = to_display_json(*alarm);
  mask_texts(shown);
  if (pictures) {
    shown["scene"] = base64_encode(alarm->scene);
    for (std::size_t i = 0; i < alarm->events.size(); ++i) {
      shown["events"][i]["picture"] = base64_encode(alarm->events[i].picture);
    }
  }
  return answer(200, {{"id", id}, {"alarm", std::move(shown)}, {"delivery", delivery(id)}});
}

http::Response AlarmFace::scene(const std::string& id) const {
  auto alarm = read(id);
  if (!alarm) return refused(alarm.error());
  if (alarm->scene.empty()) return refused({ErrorCode::kNotFound, "the alarm has no scene picture"});
  return jpeg(std::move(alarm->scene));
}

http::Response AlarmFace::event_picture(const std::string& id, std::string_view number) const {
  auto alarm = read(id);
  if (!alarm) return refused(alarm.error());
  std::size_t index = 0;
  const auto [end, bad] = std::from_chars(number.data(), number.data() + number.size(), index);
  const bool whole = bad == std::errc{} && end == number.data() + number.size();
  if (!whole || index >= alarm->events.size()) {
    return refused(
        {ErrorCode::kNotFound, fmt::format("found event {}, expected one of the alarm's {}, from 0", number,
                                           alarm->events.size())});
  }
  return jpeg(std::move(alarm->events[index].picture));
}

http::Response AlarmFace::changed(const std::string& id, const Status& done) const {
  if (done) return answer(200, {{"id", id}});
  if (done.error().code == ErrorCode::kNotFound && bus_.read_message(topics::kAlarmQueue, id)) {
    return refused({ErrorCode::kConflict, "the alarm is not parked: it is still being delivered"});
  }
  return refused(done.error());
}

Result<Alarm> AlarmFace::read(const std::string& id) const {
  const auto payload = bus_.read_message(topics::kAlarmQueue, id);
  if (!payload) return tl::unexpected(payload.error());
  auto alarm = decode<Alarm>(*payload);
  if (!alarm) return fail(ErrorCode::kInternal, "the message is no alarm: {}", alarm.error().message);
  return alarm;
}

// What the reporter-nodes remember of it; null before the first attempt.
json AlarmFace::delivery(const std::string& id) const {
  const auto entry = bus_.get(topics::delivery_key(id));
  if (!entry || !*entry) return nullptr;
  const auto record = decode<DeliveryRecord>((*entry)->value);
  if (!record) return nullptr;
  json shown = to_display_json(*record);
  mask_texts(shown);
  return shown;
}

}  // namespace

void add_alarm_routes(http::Router& router, bus::Bus& bus) {
  const AlarmFace face(bus);
  router.add("GET", "/api/v1/alarms", [face](const http::Request& request) { return face.list(request); });
  router.add("GET", "/api/v1/alarms/{id}", [face](const http::Request& request) {
    return face.show(request.path_values[0], http::query_parameter(request.query, "pictures") == "1");
  });
  router.add("DELETE", "/api/v1/alarms/{id}",
             [face](const http::Request& request) { return face.purge(request.path_values[0]); });
  router.add("POST", "/api/v1/alarms/{id}/retry",
             [face](const http::Request& request) { return face.retry(request.path_values[0]); });
  router.add("GET", "/api/v1/alarms/{id}/scene.jpg",
             [face](const http::Request& request) { return face.scene(request.path_values[0]); });
  router.add("GET", "/api/v1/alarms/{id}/events/{n}.jpg", [face](const http::Request& request) {
    return face.event_picture(request.path_values[0], request.path_values[1]);
  });
}

}  // namespace stream::api
