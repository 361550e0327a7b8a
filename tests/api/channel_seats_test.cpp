#include "channel_seats.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace stream::api {
namespace {

TakenSeat taken(const std::string& key, std::int32_t channel, std::uint64_t files = 7) {
  return {{key, channel}, "box", "ingest", files};
}
SeatWish wish(std::uint64_t files = 7, std::uint32_t max_channels = 4) {
  return {"box", files, max_channels, {"ingest", "other"}};
}
std::string found(const std::optional<FreeSeat>& seat) {
  return seat ? seat->seat.key + std::to_string(seat->seat.channel) : "none";
}

TEST(FindSeat, LowestFreeIdOfTheFullestProcess) {
  EXPECT_EQ(found(find_seat(wish(), {}, {})), "none");
  EXPECT_EQ(found(find_seat(wish(), {taken("a", 0)}, {})), "a1");
  EXPECT_EQ(found(find_seat(wish(), {taken("a", 0), taken("b", 0), taken("b", 2)}, {})), "b1");
}

TEST(FindSeat, FullProcessesHaveNone) {
  const std::vector<TakenSeat> full = {taken("a", 0), taken("a", 1)};
  EXPECT_EQ(found(find_seat(wish(7, 2), full, {})), "none");
  EXPECT_EQ(found(find_seat(wish(7, 3), full, {})), "a2");
}

TEST(FindSeat, IdsThatMayStillSendAreNotGiven) {
  EXPECT_EQ(found(find_seat(wish(), {taken("a", 0)}, {{"a", 1}, {"b", 2}})), "a2");
  EXPECT_EQ(found(find_seat(wish(7, 2), {taken("a", 0)}, {{"a", 1}})), "none");
}

TEST(FindSeat, ProcessesOfOthersAreNotJoined) {
  EXPECT_EQ(found(find_seat(wish(8), {taken("a", 0)}, {})), "none") << "other files";
  EXPECT_EQ(found(find_seat({"other box", 7, 4, {"ingest"}}, {taken("a", 0)}, {})), "none");
  EXPECT_EQ(found(find_seat({"box", 7, 4, {"elsewhere"}}, {taken("a", 0)}, {})), "none") << "it is not up";
  EXPECT_EQ(found(find_seat(wish(), {taken("a", 0), taken("a", 1, 8)}, {})), "none") << "it is changing";
}

TEST(FindSeat, SaysWhichIngestNodeTheProcessPostsTo) {
  EXPECT_EQ(find_seat(wish(), {taken("a", 0)}, {})->ingest_node, "ingest");
}

// Tasks come and go at random: never two in one seat, never more than there is room for, never strangers.
TEST(FindSeat, NobodySitsOnSomebody) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    std::map<Seat, std::uint64_t> seats;
    int next_key = 0;
    for (int step = 0; step < 300; ++step) {
      if (!seats.empty() && random() % 3 == 0) {
        seats.erase(std::next(seats.begin(), static_cast<int>(random() % seats.size())));
        continue;
      }
      const std::uint64_t files = random() % 3;
      std::vector<TakenSeat> all;
      for (const auto& [seat, its_files] : seats) all.push_back({seat, "box", "ingest", its_files});
      const auto free = find_seat(wish(files, 4), all, {});
      const Seat seat = free ? free->seat : Seat{std::to_string(next_key++), 0};
      ASSERT_FALSE(seats.contains(seat)) << "seed " << seed;
      ASSERT_TRUE(seat.channel >= 0 && seat.channel < 4);
      for (const TakenSeat& one : all) {
        ASSERT_TRUE(one.seat.key != seat.key || one.files == files) << "seed " << seed;
        // A new process only when no old one has room.
        if (!free && one.files == files) {
          ASSERT_EQ(std::count_if(all.begin(), all.end(),
                                  [&](const TakenSeat& other) { return other.seat.key == one.seat.key; }),
                    4);
        }
      }
      seats[seat] = files;
    }
  }
}

}  // namespace
}  // namespace stream::api
