#include "state_reporter.hpp"

#include <utility>

#include "state_message.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api {
namespace {

constexpr std::chrono::milliseconds kLookEvery{100};
constexpr std::chrono::seconds kWholeEvery{2};

}  // namespace

StateReporter::StateReporter(bus::Bus& bus, const ownership::Membership& membership,
                             const Supervisor& supervisor, std::string node)
    : membership_(membership),
      supervisor_(supervisor),
      node_(std::move(node)),
      topic_(topics::state(node_)),
      publisher_(bus.make_publisher()),
      periodic_(kLookEvery, [this](auto) { look(Clock::now()); }) {}

void StateReporter::look(Clock::time_point now) {
  std::set<std::string> others;
  for (const NodeRecord& node : membership_.live("api")) {
    if (node.node != node_) others.insert(node.node);
  }
  if (others.empty()) {
    others_.clear();
    told_.clear();
    return;
  }
  const bool everything = others != others_ || now >= next_whole_;
  if (everything) next_whole_ = now + kWholeEvery;
  others_ = std::move(others);
  tell(everything);
}

void StateReporter::tell(bool everything) {
  StateReport report{node_, {}};
  const auto send = [&] {
    (void)publisher_->publish(topic_, encode(report));
    report.tasks.clear();
  };
  std::map<std::string, TaskState> now;
  for (const SupervisedTask& task : supervisor_.all()) {
    TaskState state = to_message(task);
    const auto before = told_.find(task.task_id);
    if (everything || before == told_.end() || before->second != state) {
      report.tasks.push_back(state);
      if (report.tasks.size() == kMostTasks) send();
    }
    now.emplace(task.task_id, std::move(state));
  }
  told_ = std::move(now);
  if (!report.tasks.empty()) send();
}

}  // namespace stream::api
