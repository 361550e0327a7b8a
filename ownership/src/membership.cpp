#include "stream/ownership/membership.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

#include "heartbeat.hpp"
#include "stream/bus/follower.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ownership {
namespace {

using Clock = std::chrono::steady_clock;

NodeRecord completed(NodeRecord self) {
  self.boot = random_u64();
  self.version = STREAM_VERSION;
  return self;
}

}  // namespace

struct Membership::Impl {
  Impl(bus::Bus& bus_in, NodeRecord self, std::function<void()> on_change_in, MembershipOptions options_in)
      : bus(bus_in),
        options(options_in),
        on_change(std::move(on_change_in)),
        heartbeat(completed(std::move(self)), options_in) {}

  void take(const bus::Watch::Changes& changes);
  void age(Clock::duration passed);
  void write_own_record();
  void run(const std::stop_token& stop);
  void tell_if_changed();

  bus::Bus& bus;
  const MembershipOptions options;
  const std::function<void()> on_change;

  mutable std::mutex mutex;  // guards everything below up to the threads
  std::condition_variable_any changed;
  Heartbeat heartbeat;
  bool write_soon = true;

  std::mutex telling;  // held while on_change runs, so that it is never run twice at once
  using Seen = std::set<std::tuple<std::string, std::uint64_t, std::string>>;  // key, boot, address
  Seen told;                                                                   // the live nodes of then

  std::unique_ptr<bus::Follower> follower;
  std::jthread writer;  // last: both threads end before what they use
};

void Membership::Impl::take(const bus::Watch::Changes& changes) {
  {
    const std::lock_guard lock(mutex);
    heartbeat.take(changes);
  }
  tell_if_changed();
}

void Membership::Impl::age(Clock::duration passed) {
  {
    const std::lock_guard lock(mutex);
    heartbeat.age(passed);
  }
  tell_if_changed();
}

void Membership::Impl::tell_if_changed() {
  const std::lock_guard telling_lock(telling);
  Seen now;
  {
    const std::lock_guard lock(mutex);
    for (const auto& [peer_key, record] : heartbeat.live())
      now.emplace(peer_key, record.boot, record.address);
  }
  if (now == told) return;
  told = std::move(now);
  if (on_change) on_change();
}

void Membership::Impl::write_own_record() {
  std::optional<Heartbeat::Write> write;
  {
    const std::lock_guard lock(mutex);
    write = heartbeat.next_write();
  }
  for (int attempt = 0; write && attempt < 2; ++attempt) {
    const bus::CasResult result = bus.cas(heartbeat.key(), write->expected, write->value);
    const std::lock_guard lock(mutex);
    write = heartbeat.written(result);
  }
}

void Membership::Impl::run(const std::stop_token& stop) {
  constexpr auto kSoonest = std::chrono::milliseconds(20);  // bounds the writes that update() can cause
  auto last = Clock::now();
  while (!stop.stop_requested()) {
    write_own_record();
    {
      std::unique_lock lock(mutex);
      changed.wait_for(lock, stop, kSoonest, [] { return false; });
      changed.wait_for(lock, stop, options.write_every - kSoonest, [this] { return write_soon; });
      write_soon = false;
    }
    const auto now = Clock::now();
    age(now - last);
    last = now;
  }
}

Membership::Membership(bus::Bus& bus, NodeRecord self, std::function<void()> on_change,
                       MembershipOptions options)
    : impl_(std::make_unique<Impl>(bus, std::move(self), std::move(on_change), options)) {
  impl_->follower =
      std::make_unique<bus::Follower>(bus, std::string(topics::kNodeKeys),
                                      [impl = impl_.get()](const bus::Watch::Changes& c) { impl->take(c); });
  impl_->writer = std::jthread([impl = impl_.get()](const std::stop_token& stop) { impl->run(stop); });
}

Membership::~Membership() {
  impl_->writer.request_stop();
  impl_->writer.join();
  impl_->follower.reset();
  const Heartbeat& heartbeat = impl_->heartbeat;
  if (heartbeat.revision() != 0) {
    const auto gone = impl_->bus.cas(heartbeat.key(), heartbeat.revision(), std::nullopt);
    if (!gone.done()) log::warn("node_record_left_behind", {{"key", heartbeat.key()}});
  }
}

std::vector<NodeRecord> Membership::live(const std::string& role) const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<NodeRecord> out;
  for (auto& [key, record] : impl_->heartbeat.live()) {
    if (record.role == role) out.push_back(record);
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.node < b.node; });
  return out;
}

std::vector<Member> Membership::all() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<Member> out = impl_->heartbeat.all();
  std::sort(out.begin(), out.end(), [](const Member& a, const Member& b) {
    return std::tie(a.record.role, a.record.node) < std::tie(b.record.role, b.record.node);
  });
  return out;
}

void Membership::update(const std::function<void(NodeRecord&)>& change) {
  {
    const std::lock_guard lock(impl_->mutex);
    change(impl_->heartbeat.self());
    impl_->write_soon = true;
  }
  impl_->changed.notify_all();
}

std::uint64_t Membership::boot() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->heartbeat.self().boot;
}

bool Membership::joined() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->heartbeat.joined();
}

}  // namespace stream::ownership
