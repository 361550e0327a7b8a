#include "nodes_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "bus_options.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/node.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

// A live node writes its record five times as often.
constexpr std::chrono::milliseconds kSilentMeansDead{1500};
constexpr std::chrono::milliseconds kLookEvery{100};

struct NodesOptions {
  BusOptions bus;
  bool as_json = false;
};

struct Member {
  NodeRecord record;
  bool live = false;
};

// Looks until every counter has moved, or for as long as it takes to call a node dead.
Result<std::vector<Member>> look(bus::Bus& bus) {
  std::map<std::string, Member> members;
  Error error;
  bool failed = false;
  const auto all_live = [&] {
    const auto entries = bus.list(topics::kNodeKeys);
    if (!entries) {
      failed = true;
      error = entries.error();
      return true;
    }
    std::map<std::string, Member> now;
    for (const bus::Entry& entry : *entries) {
      const auto record = decode<NodeRecord>(entry.value);
      if (!record) continue;  // of a newer kind than we know
      const auto before = members.find(entry.key);
      const bool moved =
          before != members.end() && (before->second.live || before->second.record.boot != record->boot ||
                                      before->second.record.counter != record->counter);
      now[entry.key] = {*record, moved};
    }
    members = std::move(now);
    return std::all_of(members.begin(), members.end(), [](const auto& member) { return member.second.live; });
  };
  eventually(all_live, kSilentMeansDead, kLookEvery);
  if (failed) return tl::unexpected(std::move(error));
  std::vector<Member> result;
  result.reserve(members.size());
  for (auto& [key, member] : members) result.push_back(std::move(member));
  return result;
}

Result<int> nodes(const NodesOptions& options, Environment& environment) {
  const auto bus = connect(options.bus, environment);
  if (!bus) return tl::unexpected(bus.error());
  const auto members = look(**bus);
  if (!members) return tl::unexpected(members.error());
  std::vector<std::vector<std::string>> rows{
      {"ROLE", "NODE", "STATE", "ADDRESS", "ADMIN", "LOAD", "VERSION"}};
  for (const auto& [record, live] : *members) {
    if (options.as_json) {
      auto json = to_display_json(record);
      json["live"] = live;
      environment.out << json_line(json) << '\n';
    }
    rows.push_back({record.role, record.node, live ? "live" : "silent",
                    record.address.empty() ? "-" : record.address, record.admin_address,
                    fmt::format("{:.2f}", record.load), record.version});
  }
  if (!options.as_json) print_table(environment.out, rows);
  return kExitOk;
}

}  // namespace

void add_nodes_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("nodes", "list the nodes and say which are live");
  const auto options = std::make_shared<NodesOptions>();
  command->add_flag("--json", options->as_json, "one JSON object a line");
  options->bus.add_to(*command);
  command->callback([&program, options] {
    program.action = [options](Environment& environment) { return nodes(*options, environment); };
  });
}

}  // namespace stream::cli
