#include "stream/ownership/membership.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "peer_table.hpp"
#include "stream/bus/follower.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ownership {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

struct Membership::Impl {
  Impl(bus::Bus& bus_in, NodeRecord self_in, std::function<void()> on_change_in, MembershipOptions options_in)
      : bus(bus_in),
        options(options_in),
        key(topics::node_key(self_in.role, self_in.node)),
        on_change(std::move(on_change_in)),
        self(std::move(self_in)),
        peers(key, options.dead_after) {
    self.boot = random_u64();
    self.version = STREAM_VERSION;
  }

  void take(const bus::Watch::Changes& changes);
  void age(Clock::duration passed);
  void write_own_record();
  void run(const std::stop_token& stop);
  void tell_if_changed();

  bus::Bus& bus;
  const MembershipOptions options;
  const std::string key;
  const std::function<void()> on_change;

  mutable std::mutex mutex;  // guards everything below up to the threads
  std::condition_variable_any changed;
  NodeRecord self;
  bool write_soon = true;
  bus::Revision own_revision = 0;  // of our record, as we last wrote or saw it
  bool echo = false;               // a write of ours came back since the last look
  bool joined = false;
  PeerTable peers;

  std::mutex telling;  // held while on_change runs, so that it is never run twice at once
  std::set<std::pair<std::string, std::string>> told;  // (key, address) of the live nodes it last saw

  std::unique_ptr<bus::Follower> follower;
  std::jthread writer;  // last: both threads end before what they use
};

void Membership::Impl::take(const bus::Watch::Changes& changes) {
  {
    const std::lock_guard lock(mutex);
    peers.take(changes);
    if (std::any_of(changes.entries.begin(), changes.entries.end(),
                    [this](const bus::Entry& entry) { return entry.key == key && !entry.deleted; })) {
      echo = true;
      joined = true;
    }
  }
  tell_if_changed();
}

void Membership::Impl::age(Clock::duration passed) {
  {
    const std::lock_guard lock(mutex);
    if (!std::exchange(echo, false)) return;  // the bus may be away: nobody grows older
    peers.age(passed);
  }
  tell_if_changed();
}

void Membership::Impl::tell_if_changed() {
  const std::lock_guard telling_lock(telling);
  std::set<std::pair<std::string, std::string>> now;
  {
    const std::lock_guard lock(mutex);
    for (const auto& [peer_key, record] : peers.live()) now.emplace(peer_key, record.address);
  }
  if (now == told) return;
  told = std::move(now);
  if (on_change) on_change();
}

void Membership::Impl::write_own_record() {
  std::string value;
  bus::Revision expected = 0;
  {
    const std::lock_guard lock(mutex);
    ++self.counter;
    value = encode(self);
    expected = own_revision;
  }
  // The key is ours alone: whatever stands there is older, so a conflict just teaches us the revision.
  bus::CasResult result = bus.cas(key, expected, value);
  if (result.outcome == bus::CasResult::Outcome::kConflict) result = bus.cas(key, result.revision, value);
  const std::lock_guard lock(mutex);
  if (result.done()) own_revision = result.revision;
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
    // Being frozen (SIGSTOP) must not make the others look dead.
    age(std::min<Clock::duration>(now - last, 2 * options.write_every));
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
  if (impl_->own_revision != 0) {
    const auto gone = impl_->bus.cas(impl_->key, impl_->own_revision, std::nullopt);
    if (!gone.done()) log::warn("node_record_left_behind", {{"key", impl_->key}});
  }
}

std::vector<NodeRecord> Membership::live(const std::string& role) const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<NodeRecord> out;
  for (auto& [key, record] : impl_->peers.live()) {
    if (record.role == role) out.push_back(record);
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.node < b.node; });
  return out;
}

void Membership::update(const std::function<void(NodeRecord&)>& change) {
  {
    const std::lock_guard lock(impl_->mutex);
    change(impl_->self);
    impl_->write_soon = true;
  }
  impl_->changed.notify_all();
}

std::uint64_t Membership::boot() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->self.boot;
}

bool Membership::joined() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->joined;
}

}  // namespace stream::ownership
