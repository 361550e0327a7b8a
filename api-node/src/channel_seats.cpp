#include "channel_seats.hpp"

#include <map>

namespace stream::api {
namespace {

struct Group {
  std::set<std::int32_t> used;
  std::string ingest_node;
};

std::optional<std::int32_t> free_channel(const std::set<std::int32_t>& used, std::uint32_t max_channels) {
  for (std::int32_t id = 0; id < static_cast<std::int32_t>(max_channels); ++id) {
    if (!used.contains(id)) return id;
  }
  return std::nullopt;
}

}  // namespace

std::optional<FreeSeat> find_seat(const SeatWish& wish, const std::vector<TakenSeat>& taken,
                                  const std::set<Seat>& busy) {
  std::map<std::string, Group> groups;
  std::set<std::string> others;  // processes that a part of fits, but not all
  for (const TakenSeat& one : taken) {
    const bool fits = one.api_node == wish.api_node && one.files == wish.files &&
                      wish.ingest_nodes.contains(one.ingest_node);
    if (!fits) others.insert(one.seat.key);
    Group& group = groups[one.seat.key];
    group.used.insert(one.seat.channel);
    group.ingest_node = one.ingest_node;
  }
  for (const Seat& seat : busy) {
    if (const auto group = groups.find(seat.key); group != groups.end())
      group->second.used.insert(seat.channel);
  }
  std::optional<FreeSeat> best;
  std::size_t most_used = 0;
  for (const auto& [key, group] : groups) {
    if (others.contains(key) || (best && group.used.size() <= most_used)) continue;
    const auto channel = free_channel(group.used, wish.max_channels);
    if (!channel) continue;
    best = FreeSeat{{key, *channel}, group.ingest_node};
    most_used = group.used.size();
  }
  return best;
}

}  // namespace stream::api
