#include "network.hpp"

#include <utility>

namespace stream::simulation {

using std::chrono::microseconds;

Duration Network::latency() {
  return dice_.chance(0.02) ? dice_.between(milliseconds(10), milliseconds(300))
                            : dice_.between(microseconds(100), milliseconds(3));
}

void Network::call(Process& from, Request request, Done done) {
  on_moment_(from, Moment::kBeforeSending);
  if (!from.alive()) return;
  auto call = std::make_shared<Call>(Call{from.shared_from_this(), std::move(request), std::move(done)});
  std::erase_if(waiting_, [](const auto& waiting) { return waiting.expired(); });
  waiting_.push_back(call);
  timeline_.after(options_.request_timeout, [this, call] { finish(call, std::nullopt); });
  const auto long_after = [this] {
    figures_.count("fault: request may arrive late");
    return dice_.between(milliseconds(100), milliseconds(6000));
  };
  if (!reaches(from.machine())) {
    // The shipped client waits for a connection; others may not.
    if (dice_.chance(options_.late_when_cut_off)) {
      send(call, long_after());
    } else {
      unconnected_.push_back(call);
    }
  } else if (dice_.chance(options_.lost)) {
    figures_.count("fault: request lost");
  } else {
    send(call, dice_.chance(options_.late) ? options_.request_timeout + long_after() : latency());
  }
  on_moment_(from, Moment::kSent);
}

void Network::send(const std::shared_ptr<Call>& call, Duration latency) {
  ++under_way_;
  timeline_.after(latency, [this, call] { arrive(call); });
}

void Network::arrive(const std::shared_ptr<Call>& call) {
  if (!broker_up_) {
    --under_way_;
  } else if (broker_frozen_) {
    inbox_.push_back(call);
  } else {
    execute(call);
  }
}

void Network::execute(const std::shared_ptr<Call>& call) {
  Process& from = *call->from;
  on_moment_(from, Moment::kBeforeExecution);
  if (broker_frozen_) {
    inbox_.push_back(call);
    return;
  }
  --under_way_;
  if (!broker_up_) return;
  if (call->finished) figures_.count("executed after the time-out");
  const Reply reply = broker_.execute(call->request);
  on_moment_(from, Moment::kExecuted);
  if (!reaches(from.machine())) return;
  if (dice_.chance(options_.answer_lost)) {
    figures_.count("fault: answer lost");
    return;
  }
  timeline_.after(latency(), [this, call, reply] {
    if (!call->finished) on_moment_(*call->from, Moment::kAnswered);
    finish(call, reply);
  });
}

void Network::connect() {
  for (auto& call : std::exchange(unconnected_, {})) {
    if (call->finished) continue;
    if (reaches(call->from->machine())) {
      send(call, latency());
    } else {
      unconnected_.push_back(std::move(call));
    }
  }
}

void Network::heal(const std::string& machine) {
  cut_.erase(machine);
  connect();
}

void Network::finish(const std::shared_ptr<Call>& call, const std::optional<Reply>& reply) {
  call->from->deliver([call, reply] {
    if (!std::exchange(call->finished, true)) call->done(reply);
  });
}

void Network::watch(Process& by, std::string prefix,
                    std::function<void(const bus::Watch::Changes&)> on_changes) {
  watchers_.push_back(std::make_shared<Watcher>(
      Watcher{by.shared_from_this(), std::move(prefix), std::move(on_changes), {}, false}));
  look(watchers_.back(), latency());
}

void Network::key_changed(const std::string& key) {
  std::erase_if(watchers_, [](const auto& watcher) { return !watcher->by->alive(); });
  for (const auto& watcher : watchers_) {
    if (key.starts_with(watcher->prefix)) look(watcher, latency());
  }
}

void Network::look(const std::shared_ptr<Watcher>& watcher, Duration delay) {
  if (std::exchange(watcher->looks, true)) return;
  timeline_.after(delay, [this, watcher] {
    watcher->looks = false;
    if (!watcher->by->alive()) return;
    if (!reaches(watcher->by->machine()) || broker_frozen_) {
      look(watcher, milliseconds(100));
      return;
    }
    if (const auto changes = broker_.changes(watcher->prefix, watcher->cursor)) {
      watcher->by->deliver([watcher, changes] { watcher->on_changes(*changes); });
    }
  });
}

void Network::crash_broker() {
  broker_up_ = broker_frozen_ = false;
  under_way_ -= inbox_.size();
  inbox_.clear();
  for (const auto& waiting : std::exchange(waiting_, {})) {
    if (const auto call = waiting.lock()) {
      timeline_.after(latency(), [this, call] { finish(call, std::nullopt); });
    }
  }
}

void Network::start_broker() {
  broker_.restart();
  broker_up_ = true;
  connect();
  for (const auto& watcher : watchers_) look(watcher, latency());
}

void Network::thaw_broker() {
  broker_frozen_ = false;
  auto inbox = std::exchange(inbox_, {});
  for (auto it = inbox.begin(); it != inbox.end(); ++it) {
    if (!broker_up_) {  // it crashed over one of them
      under_way_ -= static_cast<std::size_t>(inbox.end() - it);
      return;
    }
    execute(*it);  // or into the inbox again, when it froze over one of them
  }
}

}  // namespace stream::simulation
