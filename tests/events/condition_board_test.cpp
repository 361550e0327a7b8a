#include "stream/events/condition_board.hpp"

#include <gtest/gtest.h>

namespace stream::events {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kStartMs = 1'700'000'000'000;

Moment at(std::chrono::milliseconds time) {
  return {Condition::TimePoint(1h) + time, kStartMs + time.count()};
}

ConditionBoard board_with(const BoardOptions& options = {}) {
  return {"reporter-1", options, [] { return 0x1234U; }};
}

Sight disk(bool bad, const std::string& text = "") {
  return {Kind::kDisk, "/data", bad, text};
}

TEST(ConditionBoard, SaysWhatBeganWhenAndWhatEndedWhen) {
  auto board = board_with();
  EXPECT_TRUE(board.see(disk(false), at(0s)).empty());
  const auto raised = board.see(disk(true, "95 % used"), at(1s));
  ASSERT_EQ(raised.size(), 1U);
  const SystemEvent full{"disk:0000000000001234", "disk_nearly_full", "warning",    "/data", "95 % used",
                         kStartMs + 1000,         kStartMs + 1000,    "reporter-1", false,   0};
  EXPECT_EQ(raised.front(), full);

  EXPECT_TRUE(board.see(disk(true, "96 % used"), at(2s)).empty());
  EXPECT_TRUE(board.see(disk(false, "80 % used"), at(20s)).empty());
  EXPECT_TRUE(board.look(at(29s)).empty());
  const auto over = board.look(at(30s));
  ASSERT_EQ(over.size(), 1U);
  const SystemEvent room{"disk:0000000000001234:over",
                         "disk_has_room",
                         "info",
                         "/data",
                         "80 % used",
                         kStartMs + 20'000,
                         kStartMs + 30'000,
                         "reporter-1",
                         true,
                         0};
  EXPECT_EQ(over.front(), room);
  EXPECT_EQ(board.size(), 0U) << "what is well needs no memory";
}

TEST(ConditionBoard, LooksAtEachSubjectByItself) {
  auto board = board_with();
  EXPECT_EQ(board.see({Kind::kCamera, "cam1", true, ""}, at(0s)).size(), 1U);
  EXPECT_EQ(board.see({Kind::kCamera, "cam2", true, ""}, at(0s)).size(), 1U);
  EXPECT_EQ(board.see({Kind::kCrashLoop, "cam1", true, ""}, at(0s)).size(), 1U);
  EXPECT_TRUE(board.see({Kind::kCamera, "cam1", true, ""}, at(1s)).empty());
  EXPECT_EQ(board.size(), 3U);
}

TEST(ConditionBoard, AReceiverIsDownWhenEveryTryFailedForAWhile) {
  auto board = board_with({.receiver_down_after = 5s});
  const auto failed = [&](std::chrono::milliseconds time) {
    return board.see({Kind::kReceiver, "http://a", true, "refused"}, at(time));
  };
  EXPECT_TRUE(failed(0s).empty());
  EXPECT_TRUE(failed(4s).empty());
  const auto down = failed(5s);
  ASSERT_EQ(down.size(), 1U);
  EXPECT_EQ(down.front().kind, "receiver_down");
  EXPECT_EQ(down.front().since_ms, kStartMs);
  EXPECT_EQ(down.front().at_ms, kStartMs + 5000);
}

TEST(ConditionBoard, NoPasswordGetsIntoAnEvent) {
  auto board = board_with({.receiver_down_after = 0s});
  const auto down = board.see(
      {Kind::kReceiver, "http://user:secret@host/a?token=secret", true, "http://user:secret@host refused"},
      at(0s));
  ASSERT_EQ(down.size(), 1U);
  EXPECT_EQ(down.front().subject, "http://user:***@host/a?token=***");
  EXPECT_EQ(down.front().text, "http://user:***@host refused");
  const auto up = board.announce(Kind::kNode, "a://b:secret@c", "a://b:secret@c", "id", at(0s)).front();
  EXPECT_EQ(up.subject.find("secret"), std::string::npos);
  EXPECT_EQ(up.text.find("secret"), std::string::npos);
}

TEST(ConditionBoard, WhatIsForgottenIsOverWhenItWasTold) {
  auto board = board_with();
  EXPECT_TRUE(board.forget(Kind::kCamera, "cam1", "deleted", at(0s)).empty());
  ASSERT_EQ(board.see({Kind::kCamera, "cam1", true, "no video"}, at(0s)).size(), 1U);
  const auto over = board.forget(Kind::kCamera, "cam1", "the task was deleted", at(1s));
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over.front().kind, "camera_online");
  EXPECT_TRUE(over.front().cleared);
  EXPECT_EQ(over.front().text, "the task was deleted");
  EXPECT_TRUE(board.look(at(1h)).empty());
}

TEST(ConditionBoard, WhatIsNotUsedAnyMoreIsForgotten) {
  auto board = board_with({.receiver_down_after = 0s, .forgotten_after = 1h});
  ASSERT_EQ(board.see({Kind::kReceiver, "http://a", true, ""}, at(0s)).size(), 1U);
  ASSERT_EQ(board.see(disk(true), at(0s)).size(), 1U);
  ASSERT_EQ(board.see({Kind::kNode, "logic/a", true, ""}, at(0s)).size(), 1U);
  EXPECT_TRUE(board.look(at(59min)).empty());
  const auto over = board.look(at(60min));
  ASSERT_EQ(over.size(), 2U);
  EXPECT_EQ(over[0].kind, "receiver_up");
  EXPECT_EQ(over[1].kind, "node_joined");
  EXPECT_EQ(board.size(), 1U) << "the disk is looked at for ever";
}

TEST(ConditionBoard, ACrashLoopIsOverWhenItHasRunForLong) {
  auto board = board_with({.hold = 1s, .crash_loop_over_after = 5min});
  ASSERT_EQ(board.see({Kind::kCrashLoop, "cam1/0", true, ""}, at(0s)).size(), 1U);
  EXPECT_TRUE(board.see({Kind::kCrashLoop, "cam1/0", false, ""}, at(1s)).empty());
  EXPECT_TRUE(board.look(at(300s)).empty());
  EXPECT_EQ(board.look(at(301s)).size(), 1U);
}

TEST(ConditionBoard, IsBounded) {
  auto board = board_with({.most = 2});
  EXPECT_EQ(board.see({Kind::kCamera, "1", true, ""}, at(0s)).size(), 1U);
  EXPECT_EQ(board.see({Kind::kCamera, "2", true, ""}, at(0s)).size(), 1U);
  EXPECT_TRUE(board.see({Kind::kCamera, "3", true, ""}, at(0s)).empty());
  EXPECT_EQ(board.size(), 2U);
}

TEST(ConditionBoard, TwoNodesGiveOneThingOneId) {
  auto one = board_with();
  ConditionBoard two("api-2", {}, [] { return 99U; });
  const Sight lost{Kind::kNode, "logic/a", true, "gone", "node:logic:a:1:lost"};
  const auto by_one = one.see(lost, at(0s));
  const auto by_two = two.see(lost, at(1s));
  ASSERT_EQ(by_one.size(), 1U);
  ASSERT_EQ(by_two.size(), 1U);
  EXPECT_EQ(by_one.front().id, by_two.front().id);
  const Sight back{Kind::kNode, "logic/a", false, "back"};
  static_cast<void>(one.see(back, at(2s)));
  static_cast<void>(two.see(back, at(2s)));
  EXPECT_EQ(one.look(at(1min)).front().id, two.look(at(1min)).front().id);
}

// ---- what a former process has begun

// What another board has begun by 0 s.
std::vector<BegunEvent> begun_by_former(const std::vector<Sight>& sights) {
  ConditionBoard former("reporter-1", {.receiver_down_after = 0s}, [id = 1U]() mutable { return id++; });
  for (const Sight& sight : sights) static_cast<void>(former.see(sight, at(0s)));
  return former.begun();
}

TEST(ConditionBoard, GoesOnWithWhatAFormerProcessHasBegun) {
  const auto begun = begun_by_former({disk(true, "95 % used")});
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun.front().event.since_ms, kStartMs);
  auto board = board_with();
  board.resume(begun, at(60s));
  EXPECT_EQ(board.begun(), begun);
  EXPECT_TRUE(board.see(disk(true, "96 % used"), at(61s)).empty()) << "told again";
  EXPECT_EQ(board.begun(), begun);
  EXPECT_TRUE(board.see(disk(false, "80 % used"), at(62s)).empty());
  const auto over = board.look(at(72s));
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over.front().id, begun.front().event.id + ":over");
  EXPECT_EQ(over.front().kind, "disk_has_room");
  EXPECT_EQ(over.front().text, "80 % used");
  EXPECT_EQ(over.front().since_ms, kStartMs + 62'000);
  EXPECT_TRUE(board.begun().empty());
}

TEST(ConditionBoard, WhatIsNotYetToldIsNotBegun) {
  auto board = board_with({.receiver_down_after = 5s});
  static_cast<void>(board.see({Kind::kReceiver, "http://a", true, ""}, at(0s)));
  EXPECT_TRUE(board.begun().empty());
}

TEST(ConditionBoard, AReceiverIsKnownAgainByItsPasswordToo) {
  const std::string url = "http://user:secret@host/a";
  auto begun = begun_by_former({{Kind::kReceiver, url, true, ""}});
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun.front().subject, url);
  EXPECT_EQ(begun.front().event.subject, "http://user:***@host/a");
  auto board = board_with();
  board.resume(begun, at(0s));
  static_cast<void>(board.see({Kind::kReceiver, url, false, ""}, at(1s)));
  EXPECT_EQ(board.look(at(11s)).size(), 1U);
}

// A task that was deleted meanwhile, or is run by another node; a folder that is not ours any more.
TEST(ConditionBoard, WhatIsNotSeenAgainIsOverInBoundedTime) {
  const Sight camera{Kind::kCamera, "cam1/0", true, ""};
  const Sight crashes{Kind::kCrashLoop, "cam1/0", true, ""};
  const Sight receiver{Kind::kReceiver, "http://a", true, ""};
  const Sight node{Kind::kNode, "logic/a", true, ""};
  auto board = board_with({.forgotten_after = 24h, .unseen_after = 10min});
  board.resume(begun_by_former({camera, crashes, receiver, disk(true), node}), at(0s));
  ASSERT_EQ(board.begun().size(), 5U);
  EXPECT_TRUE(board.look(at(599s)).empty());
  const auto soon = board.look(at(600s));
  ASSERT_EQ(soon.size(), 3U);
  EXPECT_EQ(soon[0].kind, "camera_online");
  EXPECT_EQ(soon[1].kind, "crash_loop_over");
  EXPECT_EQ(soon[2].kind, "disk_has_room");
  EXPECT_EQ(board.look(at(24h)).size(), 2U);
  EXPECT_EQ(board.size(), 0U);
}

TEST(ConditionBoard, WhatIsSeenAgainStaysAsLongAsItIsBad) {
  const Sight camera{Kind::kCamera, "cam1/0", true, ""};
  auto board = board_with();
  board.resume(begun_by_former({camera}), at(0s));
  EXPECT_TRUE(board.see(camera, at(60s)).empty());
  EXPECT_TRUE(board.look(at(48h)).empty());
  EXPECT_EQ(board.forget(Kind::kCamera, "cam1/0", "deleted", at(49h)).size(), 1U);
}

TEST(ConditionBoard, ANodeThatComesEndsThatItWasLost) {
  auto board = board_with();
  board.resume(begun_by_former({{Kind::kNode, "logic/a", true, "gone", "node:logic:a:1:lost"}}), at(0s));
  EXPECT_TRUE(board.announce(Kind::kNode, "logic/a", "a new node", "node:logic:a:2:joined", at(1s)).empty());
  const auto over = board.look(at(11s));
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over.front().id, "node:logic:a:1:lost:over");
  EXPECT_EQ(board.announce(Kind::kNode, "logic/a", "a new node", "x", at(12s)).front().id, "x");
}

TEST(ConditionBoard, ResumesNoMoreThanItLooksAfterAndNoKindItDoesNotKnow) {
  auto begun = begun_by_former({disk(true), {Kind::kCamera, "1", true, ""}, {Kind::kCamera, "2", true, ""}});
  begun[0].event.kind = "earthquake";
  auto board = board_with({.most = 1});
  board.resume(begun, at(0s));
  ASSERT_EQ(board.begun().size(), 1U);
  EXPECT_EQ(board.begun().front(), begun[1]);
}

TEST(ConditionBoard, EndsWhatANodeHasBegunThatStaysAwayButForNodes) {
  const auto begun = begun_by_former({{Kind::kReceiver, "http://a:b@c", true, ""},
                                      {Kind::kNode, "logic/a", true, "gone", "node:logic:a:1:lost"}});
  ConditionBoard heir("api-2", {}, [] { return 7U; });
  const auto over = heir.inherit(begun, at(1h));
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over.front().kind, "receiver_up");
  EXPECT_EQ(over.front().id, begun.front().event.id + ":over");
  EXPECT_EQ(over.front().subject, "http://a:***@c");
  EXPECT_EQ(over.front().node, "api-2");
  EXPECT_TRUE(over.front().cleared);
  ASSERT_EQ(heir.begun().size(), 1U);
  EXPECT_EQ(heir.begun().front().event.id, "node:logic:a:1:lost");
}

TEST(Kinds, AreKnownByWhatBeginsThem) {
  for (const Kind kind : kKinds) EXPECT_EQ(kind_raised_as(texts_of(kind).raised), kind);
  EXPECT_EQ(kind_raised_as("node_joined"), std::nullopt);
}

}  // namespace
}  // namespace stream::events
