#include "queue_store.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "stream/common/clock.hpp"
#include "stream/common/random.hpp"

namespace stream::broker {
namespace {

using bus::QueueState;
using bus::control::WireDelivery;
using bus::control::WireItem;

constexpr std::int64_t kDuplicateHorizonMs = 7LL * 24 * 3600 * 1000;
constexpr std::int64_t kForgetAtOnce = 1000;
constexpr std::int64_t kAnswerBytes = 16LL * 1024 * 1024;
constexpr std::uint32_t kLongestList = 10'000;

// Payloads stand apart: a lease or an attempt rewrites a small row, never a picture. `due_ms` is 0 unless
// delayed or leased, so the index gives ready messages in the order of their numbers.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS message(
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  queue BLOB NOT NULL,
  id BLOB NOT NULL,
  state INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  token INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  payload_bytes INTEGER NOT NULL,
  enqueued_unix_ms INTEGER NOT NULL,
  reason BLOB NOT NULL,
  group_name BLOB NOT NULL DEFAULT x'',
  UNIQUE(queue, id));
CREATE INDEX IF NOT EXISTS message_by_state ON message(queue, state, due_ms);
CREATE TABLE IF NOT EXISTS payload(number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS done(
  queue BLOB NOT NULL, id BLOB NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY(queue, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS done_by_time ON done(at_ms);
)";

// The state as the outside sees it: a delay or a lease that is over counts as ready. ?2 is now.
#define PRESENT_STATE "CASE WHEN state IN (1, 2) AND due_ms<=?2 THEN 0 ELSE state END"

// Of a database that was made before messages had groups. A broker of that time can still open it afterwards.
void add_groups(Database& database) {
  auto column = database.prepare("SELECT 1 FROM pragma_table_info('message') WHERE name='group_name'");
  const bool there = column.first();
  column.end();
  if (!there) database.execute("ALTER TABLE message ADD COLUMN group_name BLOB NOT NULL DEFAULT x''");
}

Database& with_tables(Database& database) {
  database.execute(kSchema);
  add_groups(database);
  database.execute("CREATE INDEX IF NOT EXISTS ready_by_group ON message(queue, group_name) WHERE state=0");
  return database;
}

}  // namespace

QueueStore::QueueStore(Database& database)
    : database_(with_tables(database)),
      find_(database.prepare("SELECT number, state, token FROM message WHERE queue=?1 AND id=?2")),
      find_done_(database.prepare("SELECT 1 FROM done WHERE queue=?1 AND id=?2")),
      insert_(
          database.prepare("INSERT INTO message(queue, id, state, due_ms, token, attempts, payload_bytes, "
                           "enqueued_unix_ms, reason) VALUES(?1, ?2, 0, 0, 0, 0, ?3, ?4, x'')")),
      insert_payload_(database.prepare("INSERT INTO payload(number, bytes) VALUES(?1, ?2)")),
      any_ready_(database.prepare("SELECT 1 FROM message WHERE queue=?1 AND state=0 LIMIT 1")),
      any_due_(database.prepare(
          "SELECT 1 FROM message WHERE queue=?1 AND state IN (1, 2) AND due_ms<=?2 LIMIT 1")),
      next_due_(database.prepare("SELECT min(due_ms) FROM message WHERE queue=?1 AND state=?2")),
      wake_(database.prepare(
          "UPDATE message SET state=0, due_ms=0 WHERE queue=?1 AND state IN (1, 2) AND due_ms<=?2")),
      ready_(database.prepare("SELECT number, id, attempts, payload_bytes FROM message "
                              "WHERE queue=?1 AND state=0 ORDER BY due_ms, number LIMIT ?2")),
      next_group_(database.prepare("SELECT group_name FROM message WHERE queue=?1 AND state=0 AND "
                                   "group_name>=?2 ORDER BY group_name LIMIT 1")),
      ready_in_group_(database.prepare("SELECT number, id, attempts, payload_bytes FROM message WHERE "
                                       "queue=?1 AND state=0 AND group_name=?2 ORDER BY number LIMIT ?3")),
      hand_out_(database.prepare(
          "UPDATE message SET state=2, due_ms=?2, token=?3, attempts=attempts+1 WHERE number=?1")),
      payload_(database.prepare("SELECT bytes FROM payload WHERE number=?1")),
      extend_(database.prepare("UPDATE message SET state=2, due_ms=?2 WHERE number=?1")),
      delay_(
          database.prepare("UPDATE message SET state=?2, due_ms=?3, token=0, group_name=?4 WHERE number=?1")),
      park_(database.prepare("UPDATE message SET state=3, due_ms=0, token=0, reason=?2 WHERE number=?1")),
      make_ready_(
          database.prepare("UPDATE message SET state=0, due_ms=0, token=0, reason=x'' WHERE number=?1")),
      give_back_(database.prepare("UPDATE message SET state=0, due_ms=0, token=0, attempts=attempts-1 "
                                  "WHERE queue=?1 AND id=?2 AND token=?3")),
      remove_(database.prepare("DELETE FROM message WHERE number=?1")),
      remove_payload_(database.prepare("DELETE FROM payload WHERE number=?1")),
      insert_done_(database.prepare("INSERT INTO done(queue, id, at_ms) VALUES(?1, ?2, ?3)")),
      any_old_done_(database.prepare("SELECT 1 FROM done WHERE at_ms<?1 LIMIT 1")),
      forget_done_(database.prepare("DELETE FROM done WHERE (queue, id) IN "
                                    "(SELECT queue, id FROM done WHERE at_ms<?1 ORDER BY at_ms LIMIT ?2)")),
      list_(database.prepare("SELECT id, " PRESENT_STATE
                             " AS present, attempts, payload_bytes, enqueued_unix_ms, reason FROM message "
                             "WHERE queue=?1 AND (?3<0 OR present=?3) ORDER BY number LIMIT ?4")),
      count_(database.prepare("SELECT " PRESENT_STATE
                              " AS present, count(*) FROM message WHERE queue=?1 GROUP BY present")),
      queues_(database.prepare("SELECT DISTINCT queue FROM message")) {}

#undef PRESENT_STATE

bool QueueStore::knows(std::string_view queue, std::string_view id) {
  if (find(queue, id)) return true;
  const bool done = find_done_.first(queue, id);
  find_done_.end();
  return done;
}

void QueueStore::add(std::string_view queue, std::string_view id, std::string_view payload) {
  insert_.run(queue, id, static_cast<std::int64_t>(payload.size()), unix_ms());
  insert_payload_.run(database_.last_row(), payload);
}

bool QueueStore::has_ready(std::string_view queue, const bus::GroupFilter& filter, std::int64_t now) {
  const bool ready = any_ready_.first(queue);
  any_ready_.end();
  if (ready && !ready_groups(queue, filter).empty()) return true;
  const bool due = any_due_.first(queue, now);
  any_due_.end();
  return due;
}

std::vector<std::string> QueueStore::ready_groups(std::string_view queue, const bus::GroupFilter& filter) {
  std::vector<std::string> groups;
  std::string from;
  // From group to group by the index, however many messages one of them has.
  while (next_group_.first(queue, std::string_view(from))) {
    std::string group = next_group_.text(0);
    next_group_.end();
    from = group + '\0';
    if (filter.admits(group)) groups.push_back(std::move(group));
  }
  return groups;
}

void QueueStore::append_rows(Statement& rows, std::vector<Ready>& ready) {
  while (rows.next()) {
    ready.push_back(
        {rows.integer(0), rows.text(1), static_cast<std::uint32_t>(rows.integer(2)), rows.integer(3)});
  }
}

std::vector<QueueStore::Ready> QueueStore::oldest_ready(std::string_view queue, std::uint32_t most,
                                                        const bus::GroupFilter& filter) {
  std::vector<Ready> ready;
  if (filter.groups.empty() && !filter.only) {
    ready_.begin(queue, std::int64_t{most});
    append_rows(ready_, ready);
    return ready;
  }
  for (const std::string& group : ready_groups(queue, filter)) {
    ready_in_group_.begin(queue, std::string_view(group), std::int64_t{most});
    append_rows(ready_in_group_, ready);
  }
  std::sort(ready.begin(), ready.end(), [](const Ready& a, const Ready& b) { return a.number < b.number; });
  ready.resize(std::min<std::size_t>(ready.size(), most));
  return ready;
}

std::optional<std::int64_t> QueueStore::next_due(std::string_view queue) {
  std::optional<std::int64_t> next;
  for (const QueueState state : {QueueState::kDelayed, QueueState::kLeased}) {
    // min() of no rows is one row with NULL, which reads as 0; a due time is never 0.
    const bool found = next_due_.first(queue, static_cast<std::int64_t>(state)) && next_due_.integer(0) != 0;
    if (found) next = next ? std::min(*next, next_due_.integer(0)) : next_due_.integer(0);
    next_due_.end();
  }
  return next;
}

std::vector<WireDelivery> QueueStore::pull(std::string_view queue, std::uint32_t most, std::int64_t lease_ms,
                                           const bus::GroupFilter& filter, std::int64_t now) {
  wake_.run(queue, now);
  std::vector<WireDelivery> deliveries;
  std::int64_t bytes = 0;
  for (Ready& message : oldest_ready(queue, most, filter)) {
    bytes += message.payload_bytes;
    if (!deliveries.empty() && bytes > kAnswerBytes) break;
    const std::uint64_t token = random_u64();
    hand_out_.run(message.number, now + lease_ms, std::bit_cast<std::int64_t>(token));
    deliveries.push_back({.id = std::move(message.id),
                          .payload = {payload_of(message.number)},
                          .attempt = message.attempts + 1,
                          .token = token});
  }
  return deliveries;
}

Status QueueStore::settle(const Lease& lease, const bus::Settlement& settlement, std::int64_t now) {
  const auto row = find(lease.queue, lease.id);
  if (!row || lease.token == 0 || row->token != lease.token) {
    return fail(ErrorCode::kConflict, "message {} is settled or handed out again", lease.id);
  }
  if (std::holds_alternative<bus::Ack>(settlement)) {
    finish(lease.queue, lease.id, row->number, now);
  } else if (const auto* extend = std::get_if<bus::Extend>(&settlement)) {
    extend_.run(row->number, now + extend->lease.count());
  } else if (const auto* retry = std::get_if<bus::Retry>(&settlement)) {
    const bool at_once = retry->in.count() <= 0;
    delay_.run(row->number, static_cast<std::int64_t>(at_once ? QueueState::kReady : QueueState::kDelayed),
               at_once ? 0 : now + retry->in.count(), std::string_view(retry->group));
  } else {
    park_.run(row->number, std::string_view(std::get<bus::Park>(settlement).reason));
  }
  return {};
}

void QueueStore::give_back(const Lease& lease) {
  give_back_.run(std::string_view(lease.queue), std::string_view(lease.id),
                 std::bit_cast<std::int64_t>(lease.token));
}

std::vector<WireItem> QueueStore::list(std::string_view queue, std::optional<QueueState> state,
                                       std::uint32_t most, std::int64_t now) {
  std::vector<WireItem> items;
  const std::int64_t wanted = state ? static_cast<std::int64_t>(*state) : -1;
  for (list_.begin(queue, now, wanted, std::int64_t{std::min(most, kLongestList)}); list_.next();) {
    items.push_back({.id = list_.text(0),
                     .state = static_cast<QueueState>(list_.integer(1)),
                     .attempts = static_cast<std::uint32_t>(list_.integer(2)),
                     .payload_bytes = static_cast<std::uint64_t>(list_.integer(3)),
                     .enqueued_unix_ms = list_.integer(4),
                     .reason = list_.text(5)});
  }
  return items;
}

Result<std::string> QueueStore::read(std::string_view queue, std::string_view id) {
  const auto row = find(queue, id);
  if (!row) return fail(ErrorCode::kNotFound, "no message {} in the queue", id);
  return payload_of(row->number);
}

Status QueueStore::unpark(std::string_view queue, std::string_view id) {
  const auto row = find(queue, id);
  if (!row || row->state != QueueState::kParked)
    return fail(ErrorCode::kNotFound, "no parked message {}", id);
  make_ready_.run(row->number);
  return {};
}

Status QueueStore::purge(std::string_view queue, std::string_view id, std::int64_t now) {
  const auto row = find(queue, id);
  if (!row || row->state != QueueState::kParked)
    return fail(ErrorCode::kNotFound, "no parked message {}", id);
  finish(queue, id, row->number, now);
  return {};
}

bus::control::Counts QueueStore::count(std::string_view queue, std::int64_t now) {
  bus::control::Counts counts;
  for (count_.begin(queue, now); count_.next();) {
    const auto number = static_cast<std::uint64_t>(count_.integer(1));
    switch (static_cast<QueueState>(count_.integer(0))) {
      case QueueState::kReady:
        counts.ready = number;
        break;
      case QueueState::kDelayed:
        counts.delayed = number;
        break;
      case QueueState::kLeased:
        counts.leased = number;
        break;
      case QueueState::kParked:
        counts.parked = number;
        break;
    }
  }
  return counts;
}

std::vector<std::string> QueueStore::queues() {
  std::vector<std::string> names;
  for (queues_.begin(); queues_.next();) names.push_back(queues_.text(0));
  return names;
}

bool QueueStore::has_old_ids(std::int64_t now) {
  const bool found = any_old_done_.first(now - kDuplicateHorizonMs);
  any_old_done_.end();
  return found;
}

void QueueStore::forget_old_ids(std::int64_t now) {
  forget_done_.run(now - kDuplicateHorizonMs, kForgetAtOnce);
}

std::optional<QueueStore::Row> QueueStore::find(std::string_view queue, std::string_view id) {
  std::optional<Row> row;
  if (find_.first(queue, id)) {
    row = Row{.number = find_.integer(0),
              .state = static_cast<QueueState>(find_.integer(1)),
              .token = std::bit_cast<std::uint64_t>(find_.integer(2))};
  }
  find_.end();
  return row;
}

std::string QueueStore::payload_of(std::int64_t number) {
  std::string bytes;
  if (payload_.first(number)) bytes = payload_.text(0);
  payload_.end();
  return bytes;
}

void QueueStore::finish(std::string_view queue, std::string_view id, std::int64_t number, std::int64_t now) {
  remove_.run(number);
  remove_payload_.run(number);
  insert_done_.run(queue, id, now);
}

}  // namespace stream::broker
