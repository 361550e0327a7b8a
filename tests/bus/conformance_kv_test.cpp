#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "engines.hpp"
#include "stream/bus/follower.hpp"
#include "stream/common/eventually.hpp"

namespace stream::bus {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

class KvConformance : public Conformance {
 protected:
  Revision put(std::string_view key, std::string_view value, Revision expected = 0) {
    const CasResult result = bus_.cas(key, expected, value);
    EXPECT_TRUE(result.done()) << "writing " << key;
    return result.revision;
  }
};

std::vector<std::string> keys(const std::vector<Entry>& entries) {
  std::vector<std::string> keys;
  for (const Entry& entry : entries) keys.push_back(entry.key);
  return keys;
}

// What a watch's user would hold after everything it was told.
struct Mirror {
  void apply(const Watch::Changes& changes) {
    if (changes.reset) state.clear();
    for (const Entry& entry : changes.entries) {
      if (entry.deleted) {
        state.erase(entry.key);
      } else {
        state[entry.key] = entry.value;
      }
    }
  }
  std::map<std::string, std::string> state;
};

TEST_P(KvConformance, WrittenValueIsReadByOthers) {
  const Revision revision = put("task/a", std::string("with\0zero", 9));
  const auto entry = second_bus_.get("task/a");
  ASSERT_TRUE(entry);
  ASSERT_TRUE(*entry);
  EXPECT_EQ((*entry)->value, std::string("with\0zero", 9));
  EXPECT_EQ((*entry)->revision, revision);
  EXPECT_GT(revision, 0U);
}

TEST_P(KvConformance, UnknownKeyIsEmpty) {
  const auto entry = bus_.get("nothing");
  ASSERT_TRUE(entry);
  EXPECT_FALSE(*entry);
}

TEST_P(KvConformance, CasOnAnotherRevisionChangesNothing) {
  const Revision first = put("k", "1");
  const Revision second = put("k", "2", first);
  EXPECT_GT(second, first);

  const CasResult late = second_bus_.cas("k", first, "3");

  EXPECT_EQ(late.outcome, CasResult::Outcome::kConflict);
  EXPECT_EQ(late.revision, second);
  EXPECT_EQ((*bus_.get("k"))->value, "2");
}

TEST_P(KvConformance, CreatingTwiceIsAConflict) {
  const Revision revision = put("k", "1");
  const CasResult again = bus_.cas("k", 0, "2");
  EXPECT_EQ(again.outcome, CasResult::Outcome::kConflict);
  EXPECT_EQ(again.revision, revision);
}

TEST_P(KvConformance, DeletedKeyCanBeCreatedAgainWithAHigherRevision) {
  const Revision first = put("k", "1");
  const CasResult deleted = bus_.cas("k", first, std::nullopt);
  ASSERT_TRUE(deleted.done());
  EXPECT_GT(deleted.revision, first);
  EXPECT_FALSE(*bus_.get("k"));
  EXPECT_GT(put("k", "2"), deleted.revision);
}

TEST_P(KvConformance, VolatileAndDurableKeysShareOneRevision) {
  const Revision first = put("task/a", "1");
  const Revision second = put("nd/logic/a", "1");
  const Revision third = put("task/b", "1");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST_P(KvConformance, ListGivesThePrefixInOrder) {
  put("task/b", "2");
  put("task/a", "1");
  put("tasks", "no");
  put("nd/x", "no");
  const auto entries = bus_.list("task/");
  ASSERT_TRUE(entries);
  EXPECT_THAT(keys(*entries), ElementsAre("task/a", "task/b"));
}

TEST_P(KvConformance, OfCompetingWritersExactlyOneWins) {
  constexpr int kWriters = 8;
  std::atomic<int> won = 0;
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        Bus& bus = i % 2 == 0 ? bus_ : second_bus_;
        if (bus.cas("lock", 0, std::to_string(i)).done()) ++won;
      });
    }
  }
  EXPECT_EQ(won, 1);
}

TEST_P(KvConformance, WatchBeginsWithThePresentStateThenTellsChanges) {
  const Revision first = put("task/a", "1");
  put("other", "no");
  const auto watch = second_bus_.watch("task/");

  const auto initial = watch->next(seconds(5));
  ASSERT_TRUE(initial);
  EXPECT_TRUE(initial->reset);
  EXPECT_THAT(keys(initial->entries), ElementsAre("task/a"));

  put("task/b", "2");
  const auto added = watch->next(seconds(5));
  ASSERT_TRUE(added);
  EXPECT_FALSE(added->reset);
  EXPECT_THAT(keys(added->entries), ElementsAre("task/b"));

  ASSERT_TRUE(bus_.cas("task/a", first, std::nullopt).done());
  const auto removed = watch->next(seconds(5));
  ASSERT_TRUE(removed);
  ASSERT_THAT(keys(removed->entries), ElementsAre("task/a"));
  EXPECT_TRUE(removed->entries[0].deleted);
}

TEST_P(KvConformance, WatchOfAnEmptyPrefixBeginsWithAnEmptyReset) {
  const auto watch = bus_.watch("task/");
  const auto initial = watch->next(seconds(5));
  ASSERT_TRUE(initial);
  EXPECT_TRUE(initial->reset);
  EXPECT_TRUE(initial->entries.empty());
}

TEST_P(KvConformance, WatchWithoutNewsComesBackEmpty) {
  const auto watch = bus_.watch("task/");
  ASSERT_TRUE(watch->next(seconds(5)));
  put("elsewhere", "1");
  EXPECT_FALSE(watch->next(milliseconds(20)));
}

TEST_P(KvConformance, WatchWakesForAWriteThatComesLater) {
  const auto watch = second_bus_.watch("task/");
  ASSERT_TRUE(watch->next(seconds(5)));
  const std::jthread writer([&] { put("task/late", "1"); });
  const auto changes = watch->next(seconds(5));
  ASSERT_TRUE(changes);
  EXPECT_THAT(keys(changes->entries), ElementsAre("task/late"));
}

TEST_P(KvConformance, WatchEndsUpWithTheStateOfTheStore) {
  const auto watch = second_bus_.watch("k/");
  const std::jthread writer([&] {
    std::map<std::string, Revision> revisions;
    for (int i = 0; i < 300; ++i) {
      const std::string key = "k/" + std::to_string(i % 7);
      const bool deletes = i % 11 == 10 && revisions[key] != 0;
      const auto result = deletes ? bus_.cas(key, revisions[key], std::nullopt)
                                  : bus_.cas(key, revisions[key], std::to_string(i));
      ASSERT_TRUE(result.done());
      revisions[key] = deletes ? 0 : result.revision;
    }
    put("k/end", "");
  });
  Mirror mirror;
  Revision last = 0;
  ASSERT_TRUE(eventually([&] {
    if (const auto changes = watch->next(seconds(1))) {
      for (const Entry& entry : changes->entries) {
        EXPECT_GT(entry.revision, last);
        last = entry.revision;
      }
      mirror.apply(*changes);
    }
    return mirror.state.contains("k/end");
  }));
  std::map<std::string, std::string> present;
  const std::vector<Entry> entries = bus_.list("k/").value();
  for (const Entry& entry : entries) present[entry.key] = entry.value;
  EXPECT_EQ(mirror.state, present);
}

TEST_P(KvConformance, FollowerHandsOverWhatIsWritten) {
  std::mutex mutex;
  Mirror mirror;
  const Follower follower(second_bus_, "task/", [&](const Watch::Changes& changes) {
    const std::lock_guard lock(mutex);
    mirror.apply(changes);
  });
  ASSERT_TRUE(eventually([&] { return follower.synced(); }));
  const Revision revision = put("task/a", "1");
  ASSERT_TRUE(eventually([&] { return follower.seen() >= revision; }));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(mirror.state.at("task/a"), "1");
}

INSTANTIATE_TEST_SUITE_P(Engines, KvConformance, testing::ValuesIn(all_engines()), engine_name);

}  // namespace
}  // namespace stream::bus
