#include "logic_node.hpp"

#include <utility>

#include "stream/schemas/topics.hpp"

namespace stream::logic {
namespace {

NodeRecord own_record(const LogicConfig& config, const std::string& name) {
  NodeRecord self;
  self.role = "logic";
  self.node = name;
  self.weight = config.weight;
  return self;
}

UnitDriverOptions driver_options(const LogicConfig& config) {
  UnitDriverOptions options;
  options.bus_threads = config.bus_threads;
  options.fetch_threads = config.fetch_threads;
  options.pictures = {std::size_t{config.max_alarm_mib} << 20, config.picture_deadline};
  return options;
}

StewardOptions steward_options(const LogicConfig& config) {
  StewardOptions options;
  options.run.tenure.save_every = config.save;
  return options;
}

}  // namespace

LogicNode::LogicNode(bus::Bus& bus, Pictures& pictures, Replay& replay, Metrics& metrics,
                     const LogicConfig& config, const std::string& name, const LogicTimes& times,
                     const decision::CustomRules* rules)
    : bus_(bus),
      counters_(metrics),
      stop_grace_(config.stop_grace),
      board_(config.max_objects, counters_, rules),
      members_(name, times.placement),
      held_(std::size_t{config.max_held_mib} << 20),
      driver_(bus, pictures, replay, counters_, driver_options(config)),
      frames_(bus, counters_, config.frame_queue,
              [this](const UnitPtr& unit, FrameMeta frame) { driver_.on_frame(unit, std::move(frame)); }),
      membership_(
          std::make_unique<ownership::Membership>(bus, own_record(config, name), nullptr, times.membership)),
      steward_({bus, metrics, counters_, *membership_, board_, members_, held_, driver_, frames_}, name,
               steward_options(config)),
      explainer_([this](const std::string& key) { return steward_.find(key); }, replay),
      follower_(bus, std::string(topics::kTaskKeys),
                [this](const bus::Watch::Changes& changes) { board_.take(changes); }) {}

LogicNode::~LogicNode() {
  frames_.stop();
  steward_.release_all(std::chrono::steady_clock::now() + stop_grace_);
  driver_.stop();
  membership_.reset();  // from now on our tasks are the peers'
}

void LogicNode::announce_admin_address(const std::string& address) {
  membership_->update([&](NodeRecord& self) { self.admin_address = address; });
}

std::string LogicNode::not_ready() const {
  if (!bus_.healthy()) return "the broker does not answer";
  if (!membership_->joined()) return "not yet a member";
  if (!follower_.synced()) return "the tasks are not known yet";
  if (!steward_.settled()) return "taking over tasks";
  return {};
}

}  // namespace stream::logic
