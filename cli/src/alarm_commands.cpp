#include "alarm_commands.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "bus_options.hpp"
#include "stream/common/node.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

constexpr std::uint32_t kMostListed = 10'000;  // what the bus lists at once

struct AlarmOptions {
  BusOptions bus;
  std::vector<std::string> ids;
  bool all = false;
  bool as_json = false;
};

using Items = std::vector<bus::QueueItem>;

Result<Items> parked_items(bus::Bus& bus) {
  return bus.list_queue(topics::kAlarmQueue, bus::QueueState::kParked, kMostListed);
}

Result<int> parked(const AlarmOptions& options, bus::Bus& bus, Environment& environment) {
  const auto items = parked_items(bus);
  if (!items) return tl::unexpected(items.error());
  std::vector<std::vector<std::string>> rows{{"ALARM", "SINCE", "ATTEMPTS", "SIZE", "REASON"}};
  for (const bus::QueueItem& item : *items) {
    if (options.as_json) {
      environment.out << json_line({{"id", item.id},
                                    {"enqueued_unix_ms", item.enqueued_unix_ms},
                                    {"attempts", item.attempts},
                                    {"payload_bytes", item.payload_bytes},
                                    {"reason", item.reason}})
                      << '\n';
    }
    rows.push_back({item.id, date_text(item.enqueued_unix_ms * 1000), std::to_string(item.attempts),
                    size_text(item.payload_bytes), item.reason});
  }
  if (!options.as_json) print_table(environment.out, rows);
  return kExitOk;
}

// What the reporter-nodes remember of it; null before the first attempt.
nlohmann::json delivery(const std::string& id, bus::Bus& bus) {
  const auto entry = bus.get(topics::delivery_key(id));
  if (!entry || !*entry) return nullptr;
  const auto record = decode<DeliveryRecord>((*entry)->value);
  return record ? to_display_json(*record) : nlohmann::json();
}

Result<int> show(const AlarmOptions& options, bus::Bus& bus, Environment& environment) {
  for (const std::string& id : options.ids) {
    const auto payload = bus.read_message(topics::kAlarmQueue, id);
    if (!payload) return tl::unexpected(Error(payload.error()).within(id));
    const auto alarm = decode<Alarm>(*payload);
    if (!alarm) return tl::unexpected(Error(alarm.error()).within(id));
    auto json = to_display_json(*alarm);
    json["delivery"] = delivery(id, bus);
    environment.out << (options.as_json ? json_line(json) : pretty_json(json)) << '\n';
  }
  return kExitOk;
}

// Does `change` to the named alarms, or to all that are parked, as far as it goes.
template <class Change>
Result<int> change_parked(const AlarmOptions& options, bus::Bus& bus, Environment& environment,
                          const char* done, Change change) {
  std::vector<std::string> ids = options.ids;
  if (options.all) {
    const auto items = parked_items(bus);
    if (!items) return tl::unexpected(items.error());
    for (const bus::QueueItem& item : *items) ids.push_back(item.id);
  }
  std::size_t failures = 0;
  for (const std::string& id : ids) {
    if (const auto changed = change(id); !changed) {
      ++failures;
      environment.err << one_line(fmt::format("streamctl: {}: {}", id, changed.error().message)) << '\n';
    }
  }
  environment.out << fmt::format("{} {}\n", ids.size() - failures, done);
  return failures == 0 ? kExitOk : kExitFailed;
}

Result<int> retry(const AlarmOptions& options, bus::Bus& bus, Environment& environment) {
  return change_parked(options, bus, environment, "will be delivered again",
                       [&](const std::string& id) { return bus.unpark(topics::kAlarmQueue, id); });
}

Result<int> purge(const AlarmOptions& options, bus::Bus& bus, Environment& environment) {
  return change_parked(options, bus, environment, "removed for good",
                       [&](const std::string& id) { return bus.purge(topics::kAlarmQueue, id); });
}

}  // namespace

void add_alarm_commands(CLI::App& app, Program& program) {
  CLI::App* alarm = app.add_subcommand("alarm", "alarms that were set aside because no receiver takes them");
  alarm->require_subcommand(1);
  const auto options = std::make_shared<AlarmOptions>();
  const auto add = [&](const char* name, const char* help, auto action) {
    CLI::App* command = alarm->add_subcommand(name, help);
    options->bus.add_to(*command);
    command->callback([&program, options, action] {
      program.action = [options, action](Environment& environment) -> Result<int> {
        const auto bus = connect(options->bus, environment);
        if (!bus) return tl::unexpected(bus.error());
        return action(*options, **bus, environment);
      };
    });
    return command;
  };
  const auto add_json = [&](CLI::App* command) {
    command->add_flag("--json", options->as_json, "one JSON object a line");
    return command;
  };
  const auto add_choice = [&](CLI::App* command) {
    CLI::Option_group* const group = command->add_option_group("which alarms");
    group->add_option("ID", options->ids, "alarms, as `alarm parked` lists them");
    group->add_flag("--all", options->all, "all that are parked");
    group->require_option(1);
  };

  add_json(add("parked", "list them, with the reason", parked));
  add_json(add("show", "show an alarm, parked or not", show))
      ->add_option("ID", options->ids, "the alarm's id")
      ->required();
  add_choice(add("retry", "deliver again", retry));
  add_choice(add("purge", "remove for good", purge));
}

}  // namespace stream::cli
