#include "state.hpp"

#include <algorithm>
#include <utility>

#include "stream/common/assert.hpp"
#include "stream/common/fail_point.hpp"
#include "stream/common/log.hpp"

namespace stream::broker {
namespace {

namespace control = bus::control;
using bus::CasResult;
using bus::EnqueueResult;
using bus::Revision;

constexpr std::string_view kVolatileKeys = "nd/";
constexpr std::string_view kClock = "clock_ms";
constexpr std::string_view kReservedRevision = "reserved_revision";
constexpr Revision kRevisionBlock = 1U << 20;
// What nodes say of themselves must get through however full the KV is, or all of them would seem dead.
constexpr std::uint64_t kVolatileReserve = 16ULL * 1024 * 1024;
constexpr int kGaugesEvery = 5;      // houses kept
constexpr std::int64_t kFormat = 1;  // of the database

bool is_volatile(std::string_view key) {
  return key.starts_with(kVolatileKeys);
}

control::WireEntry to_wire(bus::Entry&& entry) {
  return {std::move(entry.key), {std::move(entry.value)}, entry.revision, entry.deleted};
}

std::vector<control::WireEntry> to_wire(std::vector<bus::Entry>&& entries) {
  std::vector<control::WireEntry> wire;
  wire.reserve(entries.size());
  for (auto& entry : entries) wire.push_back(to_wire(std::move(entry)));
  return wire;
}

control::Outcome outcome_of(Status status) {
  if (status) return control::Done{};
  return control::Failed{status.error().code, std::move(status.error().message)};
}

// What `operation` is told when there is no room for it.
control::Outcome refused(const control::Operation& operation) {
  if (std::holds_alternative<control::Enqueue>(operation)) return control::Enqueued{EnqueueResult::kFull};
  if (std::holds_alternative<control::Cas>(operation)) return control::Swapped{CasResult::Outcome::kFull, 0};
  return control::Failed{ErrorCode::kUnavailable, "the broker's disk is full"};
}

std::int64_t pragma(Statement& statement) {
  const std::int64_t value = statement.first() ? statement.integer(0) : 0;
  statement.end();
  return value;
}

}  // namespace

Result<std::unique_ptr<State>> State::open(const StateOptions& options, Metrics& metrics) {
  try {
    return std::unique_ptr<State>(new State(options, metrics));
  } catch (const SqliteError& error) {
    return fail(ErrorCode::kUnavailable, "{}: {}", (options.directory / "stream.db").string(), error.what());
  }
}

State::State(const StateOptions& options, Metrics& metrics)
    : options_(options),
      metrics_(metrics),
      commits_(metrics.counter("stream_broker_commits_total", "transactions committed")),
      commit_seconds_(metrics.counter("stream_broker_commit_seconds_total", "time spent in transactions")),
      committed_(metrics.counter("stream_broker_committed_operations_total", "operations committed")),
      failed_commits_(metrics.counter("stream_broker_failed_commits_total", "transactions rolled back")),
      disk_(options.directory, options.ballast_bytes),
      database_((options.directory / "stream.db").string(), options.full_sync),
      queues_(database_),
      kv_store_(database_),
      page_size_(database_.prepare("PRAGMA page_size")),
      page_count_(database_.prepare("PRAGMA page_count")),
      free_pages_(database_.prepare("PRAGMA freelist_count")),
      clock_(kv_store_.number(kClock, 1)),
      reserved_revision_(static_cast<Revision>(kv_store_.number(kReservedRevision, 1))),
      kv_(reserved_revision_) {
  const std::int64_t format = kv_store_.number("format", kFormat);
  if (format != kFormat) {
    throw SqliteError(SQLITE_ERROR, fmt::format("found format {}, expected {}", format, kFormat));
  }
  kv_store_.load_into(kv_);
  for (std::string& queue : queues_.queues()) queue_names_.insert(std::move(queue));
  Transaction transaction(database_);
  kv_store_.store_number("format", kFormat);
  const Revision reserved = reserve_revisions();
  transaction.commit();
  reserved_revision_ = reserved;
  measure_database();
  update_gauges();
}

bool State::is_write(const Operation& operation) {
  if (const auto* cas = std::get_if<control::Cas>(&operation)) return !is_volatile(cas->key);
  return std::holds_alternative<control::Enqueue>(operation) ||
         std::holds_alternative<control::Pull>(operation) ||
         std::holds_alternative<control::Settle>(operation) ||
         std::holds_alternative<control::Unpark>(operation) ||
         std::holds_alternative<control::Purge>(operation);
}

State::Outcome State::answer(const Operation& operation) {
  if (const auto* cas = std::get_if<control::Cas>(&operation)) return volatile_cas(*cas);
  if (const auto* get = std::get_if<control::Get>(&operation)) {
    control::Entries found;
    if (auto entry = kv_.get(get->key)) found.entries.push_back(to_wire(std::move(*entry)));
    return found;
  }
  if (const auto* list = std::get_if<control::List>(&operation)) {
    return control::Entries{to_wire(kv_.list(list->prefix))};
  }
  try {
    if (const auto* list = std::get_if<control::ListQueue>(&operation)) {
      return control::Items{queues_.list(list->queue, list->state, list->most, clock_.now_ms())};
    }
    if (const auto* count = std::get_if<control::CountQueue>(&operation)) {
      return queues_.count(count->queue, clock_.now_ms());
    }
    if (const auto* read = std::get_if<control::ReadMessage>(&operation)) {
      auto payload = queues_.read(read->queue, read->id);
      if (payload) return control::Payload{{std::move(*payload)}};
      return control::Failed{payload.error().code, std::move(payload.error().message)};
    }
  } catch (const SqliteError& error) {
    return control::Failed{ErrorCode::kUnavailable, error.what()};
  }
  STREAM_ASSERT(std::holds_alternative<control::Ping>(operation), "operation {} is no question",
                operation.index());
  return control::Done{};
}

std::vector<State::Outcome> State::write(const std::vector<const Operation*>& operations,
                                         const std::vector<Lease>& given_back) {
  disk_.look_again();
  // A second time because a full disk refuses the whole transaction, and without the ballast there is room
  // for what makes room.
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      return try_write(operations, given_back);
    } catch (const SqliteError& error) {
      failed_commits_.add();
      if (const auto held_back = complaints_.admit(std::chrono::steady_clock::now())) {
        log::error("commit_failed", {{"reason", error.what()}, {"more", *held_back}});
      }
      if (!error.disk_full()) {
        // Perhaps it is on the disk, perhaps not: an answer that claims neither.
        const control::Failed failed{ErrorCode::kUnavailable, error.what()};
        return std::vector<Outcome>(operations.size(), failed);
      }
      disk_.ran_out();
    }
  }
  std::vector<Outcome> outcomes;
  for (const Operation* operation : operations) outcomes.push_back(refused(*operation));
  return outcomes;
}

std::vector<State::Outcome> State::try_write(const std::vector<const Operation*>& operations,
                                             const std::vector<Lease>& given_back) {
  const auto begin = std::chrono::steady_clock::now();
  Transaction transaction(database_);
  measure_database();
  PendingKv pending;
  std::vector<Outcome> outcomes;
  outcomes.reserve(operations.size());
  for (const Lease& lease : given_back) queues_.give_back(lease);
  for (const Operation* operation : operations) outcomes.push_back(write_one(*operation, pending));
  kv_store_.store_number(kClock, clock_.now_ms());
  const Revision reserved = reserve_revisions();
  fail_point("broker.before_commit");
  transaction.commit();
  fail_point("broker.after_commit");
  reserved_revision_ = reserved;
  for (const auto& [cas, revision] : pending.writes) {
    const auto value = cas->value ? std::optional<std::string_view>(cas->value->data) : std::nullopt;
    const Revision given = kv_.write(cas->key, value);
    STREAM_ASSERT(given == revision, "committed revision {}, wrote {}", revision, given);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  commits_.add();
  commit_seconds_.add(took.count());
  committed_.add(static_cast<double>(operations.size()));
  return outcomes;
}

State::Outcome State::write_one(const Operation& operation, PendingKv& pending) {
  const std::int64_t now = clock_.now_ms();
  if (const auto* cas_operation = std::get_if<control::Cas>(&operation)) return cas(*cas_operation, pending);
  if (const auto* add = std::get_if<control::Enqueue>(&operation)) return enqueue(*add);
  if (const auto* pull = std::get_if<control::Pull>(&operation)) {
    return control::Deliveries{
        queues_.pull(pull->queue, pull->most, pull->lease.count(), {pull->groups, pull->only}, now)};
  }
  if (const auto* settle = std::get_if<control::Settle>(&operation)) {
    return outcome_of(queues_.settle({settle->queue, settle->id, settle->token}, settle->settlement, now));
  }
  if (const auto* unpark = std::get_if<control::Unpark>(&operation)) {
    return outcome_of(queues_.unpark(unpark->queue, unpark->id));
  }
  const auto* purge = std::get_if<control::Purge>(&operation);
  STREAM_ASSERT(purge != nullptr, "operation {} is no write", operation.index());
  return outcome_of(queues_.purge(purge->queue, purge->id, now));
}

State::Outcome State::enqueue(const control::Enqueue& operation) {
  if (queues_.knows(operation.queue, operation.id)) return control::Enqueued{EnqueueResult::kDuplicate};
  const std::uint64_t bytes = operation.payload.data.size();
  if (disk_.full() || database_bytes_ + bytes > options_.max_database_bytes) {
    return control::Enqueued{EnqueueResult::kFull};
  }
  queues_.add(operation.queue, operation.id, operation.payload.data);
  queue_names_.insert(operation.queue);
  database_bytes_ += bytes;
  return control::Enqueued{EnqueueResult::kStored};
}

State::Outcome State::cas(const control::Cas& operation, PendingKv& pending) {
  const auto in_batch = pending.revisions.find(operation.key);
  const Revision present =
      in_batch != pending.revisions.end() ? in_batch->second : kv_.revision_of(operation.key);
  if (present != operation.expected) return control::Swapped{CasResult::Outcome::kConflict, present};
  if (!operation.value && present == 0) return control::Swapped{CasResult::Outcome::kDone, 0};
  if (operation.value && (disk_.full() || !kv_has_room(operation, pending.bytes, options_.max_kv_bytes))) {
    return control::Swapped{CasResult::Outcome::kFull, present};
  }
  const Revision revision = kv_.revision() + pending.writes.size() + 1;
  const auto value = operation.value ? std::optional<std::string_view>(operation.value->data) : std::nullopt;
  kv_store_.write(operation.key, value, revision);
  pending.writes.push_back({&operation, revision});
  pending.revisions[operation.key] = value ? revision : 0;
  pending.bytes += value ? value->size() : 0;
  return control::Swapped{CasResult::Outcome::kDone, revision};
}

State::Outcome State::volatile_cas(const control::Cas& operation) {
  const Revision present = kv_.revision_of(operation.key);
  if (present != operation.expected) return control::Swapped{CasResult::Outcome::kConflict, present};
  if (!operation.value && present == 0) return control::Swapped{CasResult::Outcome::kDone, 0};
  // Beyond the reserved revisions a restart could give the same one again.
  const std::uint64_t room = options_.max_kv_bytes + kVolatileReserve;
  if (kv_.revision() >= reserved_revision_ || (operation.value && !kv_has_room(operation, 0, room))) {
    return control::Swapped{CasResult::Outcome::kFull, present};
  }
  const auto value = operation.value ? std::optional<std::string_view>(operation.value->data) : std::nullopt;
  return control::Swapped{CasResult::Outcome::kDone, kv_.write(operation.key, value)};
}

// What takes no more room than before always has it.
bool State::kv_has_room(const control::Cas& operation, std::uint64_t pending_bytes,
                        std::uint64_t most) const {
  const std::uint64_t bytes = operation.key.size() + operation.value->data.size();
  const std::uint64_t before = kv_.bytes_of(operation.key);
  return bytes <= before || kv_.bytes() + pending_bytes + bytes - before <= most;
}

bool State::has_ready(const control::Pull& pull) {
  try {
    return queues_.has_ready(pull.queue, {pull.groups, pull.only}, clock_.now_ms());
  } catch (const SqliteError&) {
    return false;  // the next write tells what is wrong
  }
}

std::optional<bus::milliseconds> State::next_due(const std::string& queue) {
  try {
    const auto due = queues_.next_due(queue);
    if (!due) return std::nullopt;
    return bus::milliseconds(std::max<std::int64_t>(0, *due - clock_.now_ms()));
  } catch (const SqliteError&) {
    return std::nullopt;
  }
}

control::Changed State::changes(std::string_view prefix, Revision after) const {
  auto changes = kv_.changes(prefix, after);
  return {.up_to = kv_.revision(), .reset = changes.reset, .entries = to_wire(std::move(changes.entries))};
}

void State::keep_house() {
  ++houses_kept_;
  disk_.look_again();
  try {
    const bool timers =
        std::any_of(queue_names_.begin(), queue_names_.end(),
                    [this](const std::string& queue) { return queues_.next_due(queue).has_value(); });
    const bool forget = queues_.has_old_ids(clock_.now_ms());
    if (timers || forget || kv_.revision() + kRevisionBlock / 2 > reserved_revision_) {
      Transaction transaction(database_);
      kv_store_.store_number(kClock, clock_.now_ms());
      const Revision reserved = reserve_revisions();
      if (forget) queues_.forget_old_ids(clock_.now_ms());
      transaction.commit();
      reserved_revision_ = reserved;
    }
    if (houses_kept_ % kGaugesEvery == 0) update_gauges();
  } catch (const SqliteError& error) {
    failed_commits_.add();
    if (error.disk_full()) disk_.ran_out();
    if (const auto held_back = complaints_.admit(std::chrono::steady_clock::now())) {
      log::error("commit_failed", {{"reason", error.what()}, {"more", *held_back}});
    }
  }
}

void State::measure_database() {
  const std::int64_t used_pages = pragma(page_count_) - pragma(free_pages_);
  database_bytes_ = static_cast<std::uint64_t>(used_pages * pragma(page_size_));
}

Revision State::reserve_revisions() {
  if (kv_.revision() + kRevisionBlock / 2 <= reserved_revision_) return reserved_revision_;
  const Revision reserved = kv_.revision() + kRevisionBlock;
  kv_store_.store_number(kReservedRevision, static_cast<std::int64_t>(reserved));
  return reserved;
}

void State::update_gauges() {
  measure_database();
  metrics_.gauge("stream_broker_database_bytes", "used part of the database")
      .set(static_cast<double>(database_bytes_));
  metrics_.gauge("stream_broker_kv_keys", "keys, volatile ones included")
      .set(static_cast<double>(kv_.size()));
  metrics_.gauge("stream_broker_kv_bytes", "bytes of keys and values").set(static_cast<double>(kv_.bytes()));
  metrics_.gauge("stream_broker_disk_full", "1 while nothing new is stored").set(disk_.full() ? 1 : 0);
  for (const std::string& queue : queue_names_) {
    const control::Counts counts = queues_.count(queue, clock_.now_ms());
    const auto set = [&](const char* state, std::uint64_t number) {
      metrics_
          .gauge("stream_broker_queue_messages", "messages by state", {{"queue", queue}, {"state", state}})
          .set(static_cast<double>(number));
    };
    set("ready", counts.ready);
    set("delayed", counts.delayed);
    set("leased", counts.leased);
    set("parked", counts.parked);
  }
}

}  // namespace stream::broker
