#include "state.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "stream/test/temporary_folder.hpp"

namespace stream::broker {
namespace {

namespace control = bus::control;
using bus::CasResult;
using bus::EnqueueResult;
using std::chrono::seconds;

class StateTest : public testing::Test {
 protected:
  void open() {
    state_.reset();
    auto opened = State::open(options_, metrics_);
    ASSERT_TRUE(opened) << opened.error().message;
    state_ = std::move(*opened);
  }
  template <class Expected>
  Expected write(const control::Operation& operation) {
    auto outcomes = state_->write({&operation}, {});
    return std::get<Expected>(outcomes.at(0));
  }
  EnqueueResult enqueue(const std::string& id, const std::string& payload = "x") {
    return write<control::Enqueued>(control::Enqueue{"q", id, {payload}}).result;
  }
  std::vector<control::WireDelivery> pull(bus::milliseconds lease = seconds(60)) {
    return write<control::Deliveries>(control::Pull{"q", 100, lease, {}, {}, false}).deliveries;
  }
  control::Swapped cas(const std::string& key, bus::Revision expected, const std::string& value) {
    return write<control::Swapped>(control::Cas{key, expected, control::Bytes{value}});
  }
  control::Counts counts() { return std::get<control::Counts>(state_->answer(control::CountQueue{"q"})); }

  test::TemporaryFolder folder_;
  Metrics metrics_;
  StateOptions options_{.directory = folder_.path(), .full_sync = false, .ballast_bytes = 4096};
  std::unique_ptr<State> state_;
};

TEST_F(StateTest, BatchSeesItsOwnWrites) {
  open();
  const control::Operation create = control::Cas{"k", 0, control::Bytes{"1"}};
  const control::Operation again = control::Cas{"k", 0, control::Bytes{"2"}};
  const control::Operation add = control::Enqueue{"q", "a", {"x"}};
  const control::Operation twice = control::Enqueue{"q", "a", {"x"}};
  const auto outcomes = state_->write({&create, &again, &add, &twice}, {});
  EXPECT_EQ(std::get<control::Swapped>(outcomes[0]).outcome, CasResult::Outcome::kDone);
  EXPECT_EQ(std::get<control::Swapped>(outcomes[1]).outcome, CasResult::Outcome::kConflict);
  EXPECT_EQ(std::get<control::Swapped>(outcomes[1]).revision,
            std::get<control::Swapped>(outcomes[0]).revision);
  EXPECT_EQ(std::get<control::Enqueued>(outcomes[2]).result, EnqueueResult::kStored);
  EXPECT_EQ(std::get<control::Enqueued>(outcomes[3]).result, EnqueueResult::kDuplicate);
}

TEST_F(StateTest, RevisionsGoOnAboveAllThatWereGiven) {
  open();
  const control::Operation heartbeat = control::Cas{"nd/a", 0, control::Bytes{"x"}};
  const auto before = std::get<control::Swapped>(state_->answer(heartbeat)).revision;
  open();
  EXPECT_GT(cas("k", 0, "x").revision, before);
}

TEST_F(StateTest, GivenBackMessageIsReadyAsIfNeverHandedOut) {
  open();
  ASSERT_EQ(enqueue("a"), EnqueueResult::kStored);
  const auto first = pull();
  ASSERT_EQ(first.size(), 1U);
  state_->write({}, {{"q", "a", first[0].token}});
  EXPECT_EQ(counts().ready, 1U);
  const auto second = pull();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].attempt, 1U);
  state_->write({}, {{"q", "a", first[0].token}});  // of an old hand-out: nothing happens
  EXPECT_EQ(counts().leased, 1U);
}

TEST_F(StateTest, AnswerToAPullStaysBounded) {
  open();
  const std::string payload(6 * 1024 * 1024, 'x');
  for (const char* id : {"a", "b", "c", "d"}) ASSERT_EQ(enqueue(id, payload), EnqueueResult::kStored);
  EXPECT_EQ(pull().size(), 2U);
}

TEST_F(StateTest, FullDatabaseRefusesWhatIsNewAndLetsTheRestPass) {
  options_.max_database_bytes = 2 * 1024 * 1024;
  open();
  const std::string payload(500'000, 'x');
  int stored = 0;
  while (stored < 10 && enqueue(std::to_string(stored), payload) == EnqueueResult::kStored) ++stored;
  EXPECT_GT(stored, 1);
  EXPECT_LT(stored, 5);
  EXPECT_EQ(enqueue("0", payload), EnqueueResult::kDuplicate);
  for (const auto& delivery : pull()) {
    write<control::Done>(control::Settle{"q", delivery.id, delivery.token, bus::Ack{}});
  }
  EXPECT_EQ(enqueue("new", payload), EnqueueResult::kStored);
}

TEST_F(StateTest, FullKvRefusesValuesAndLetsThemGo) {
  options_.max_kv_bytes = 1000;
  open();
  const auto first = cas("a", 0, std::string(600, 'x'));
  ASSERT_EQ(first.outcome, CasResult::Outcome::kDone);
  EXPECT_EQ(cas("b", 0, std::string(600, 'x')).outcome, CasResult::Outcome::kFull);
  const control::Operation heartbeat = control::Cas{"nd/a", 0, control::Bytes{std::string(600, 'x')}};
  EXPECT_EQ(std::get<control::Swapped>(state_->answer(heartbeat)).outcome, CasResult::Outcome::kDone)
      << "a full KV kills no node";
  EXPECT_EQ(cas("a", first.revision, std::string(600, 'y')).outcome, CasResult::Outcome::kDone)
      << "it takes no more room than before";
  const auto present = std::get<control::Entries>(state_->answer(control::Get{"a"})).entries.at(0).revision;
  ASSERT_EQ(write<control::Swapped>(control::Cas{"a", present, std::nullopt}).outcome,
            CasResult::Outcome::kDone);
  const auto beat = std::get<control::Entries>(state_->answer(control::Get{"nd/a"})).entries.at(0).revision;
  const control::Operation leave = control::Cas{"nd/a", beat, std::nullopt};
  ASSERT_EQ(std::get<control::Swapped>(state_->answer(leave)).outcome, CasResult::Outcome::kDone);
  EXPECT_EQ(cas("b", 0, std::string(600, 'x')).outcome, CasResult::Outcome::kDone);
}

TEST_F(StateTest, IdsOfDoneMessagesAreRememberedForSevenDaysAndThenForgotten) {
  constexpr std::int64_t kWeek = 7LL * 24 * 3600 * 1000;
  open();
  const auto finish = [&](const std::string& id) {
    ASSERT_EQ(enqueue(id), EnqueueResult::kStored);
    write<control::Done>(control::Settle{"q", id, pull().at(0).token, bus::Ack{}});
  };
  finish("old");
  finish("recent");
  state_.reset();
  {
    Database database((folder_.path() / "stream.db").string(), false);
    auto age = database.prepare("UPDATE done SET at_ms=at_ms-?1 WHERE id=?2");
    age.run(kWeek + 1000, std::string_view("old"));
    age.run(kWeek - 60'000, std::string_view("recent"));
  }
  open();
  state_->keep_house();
  EXPECT_EQ(enqueue("recent"), EnqueueResult::kDuplicate);
  EXPECT_EQ(enqueue("old"), EnqueueResult::kStored);
}

TEST_F(StateTest, OnlyDurabilityPowerWaitsForTheDiskWithEveryCommit) {
  // What SQLite calls FULL syncs the log with each commit, NORMAL when the log is folded into the database.
  for (const auto& [full_sync, synchronous] : {std::pair{true, 2}, std::pair{false, 1}}) {
    Database database((folder_.path() / "sync.db").string(), full_sync);
    auto pragma = database.prepare("PRAGMA synchronous");
    ASSERT_TRUE(pragma.first());
    EXPECT_EQ(pragma.integer(0), synchronous);
    pragma.end();
  }
}

TEST_F(StateTest, DatabaseFromBeforeGroupsIsTakenOver) {
  open();
  ASSERT_EQ(enqueue("old", "payload"), EnqueueResult::kStored);
  state_.reset();
  {
    Database database((folder_.path() / "stream.db").string(), false);
    database.execute("DROP INDEX ready_by_group");
    database.execute("ALTER TABLE message DROP COLUMN group_name");
  }
  open();
  ASSERT_EQ(enqueue("new"), EnqueueResult::kStored);
  const auto old = pull().at(0);
  EXPECT_EQ(old.id, "old");
  EXPECT_EQ(old.payload.data, "payload");
  write<control::Done>(control::Settle{"q", "old", old.token, bus::Retry{bus::milliseconds(0), "g"}});
  const control::Pull of_group{"q", 100, seconds(60), {}, {"g"}, true};
  const auto again = write<control::Deliveries>(of_group).deliveries;
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].id, "old");
}

TEST_F(StateTest, DatabaseOfALaterFormatIsRefused) {
  open();
  state_.reset();
  {
    Database database((folder_.path() / "stream.db").string(), false);
    database.execute("UPDATE number SET value=99 WHERE name=CAST('format' AS BLOB)");
  }
  const auto opened = State::open(options_, metrics_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("found format 99, expected 1"));
}

}  // namespace
}  // namespace stream::broker
