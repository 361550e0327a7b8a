#include <nlohmann/json.hpp>

#include "stream/receiver/receiver.hpp"

namespace stream::receiver {
namespace {

// Text from outside as the inside of a JSON string: no quotes around it, control characters escaped.
std::string on_one_line(const std::string& text) {
  const auto quoted = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::string describe(const ReceivedAlarm& alarm) {
  auto line = fmt::format("alarm {}: task {}, source {}, frame {}", alarm.number, on_one_line(alarm.task_id),
                          on_one_line(alarm.src_id), alarm.frame_index);
  for (const auto& event : alarm.events) {
    const auto& box = event.box;
    line += fmt::format("; type {} at ({},{})-({},{}) {}", event.type, box.left_top_x, box.left_top_y,
                        box.right_btm_x, box.right_btm_y, event.extend_json);
  }
  if (alarm.dropped_events > 0) {
    line += fmt::format("; {} without a good picture thrown away", alarm.dropped_events);
  }
  return line;
}

}  // namespace stream::receiver
