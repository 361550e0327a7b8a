#include "alarm_printer.hpp"

#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "alarm_files.hpp"
#include "render.hpp"
#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::client {
namespace {

constexpr std::uint32_t kAtOnce = 8;
constexpr std::chrono::seconds kLease{60};
constexpr std::chrono::milliseconds kWait{200};

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string describe(const Alarm& alarm) {
  std::string line = fmt::format("alarm task {} frame {}", quoted(alarm.task_id), alarm.frame_index);
  const char* before = ": ";
  for (const AlarmEvent& event : alarm.events) {
    line += fmt::format("{}type {} object {} at {},{} {}x{} {}", before, event.type, quoted(event.key),
                        event.box.x, event.box.y, event.box.width, event.box.height, event.extend_json);
    before = "; ";
  }
  return line;
}

AlarmPrinter::AlarmPrinter(bus::Bus& bus, Metrics& metrics, std::filesystem::path save_dir, std::ostream& out)
    : bus_(bus),
      save_dir_(std::move(save_dir)),
      out_(out),
      printed_(metrics.counter("stream_client_alarms_printed_total", "Alarms that were shown here only")),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void AlarmPrinter::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto deliveries = bus_.pull(topics::kAlarmQueue, kAtOnce, kLease, kWait);
    if (!deliveries) continue;
    for (const bus::Delivery& delivery : *deliveries) {
      show(delivery);
      std::ignore = bus_.settle(topics::kAlarmQueue, delivery, bus::Ack{});
    }
  }
}

void AlarmPrinter::show(const bus::Delivery& delivery) {
  const auto alarm = decode<Alarm>(delivery.payload);
  if (!alarm) {
    log::error("alarm_unreadable", {{"id", delivery.id}, {"why", alarm.error().message}});
    return;
  }
  out_ << describe(*alarm) << std::endl;
  printed_.add();
  if (save_dir_.empty()) return;
  const auto saved = reporter::save_alarm(save_dir_, *alarm, reporter::render_report(*alarm));
  if (!saved) log::warn("alarm_not_saved", {{"why", saved.error().message}});
}

}  // namespace stream::client
