// Alarms that all their URLs have refused for a day.
#pragma once

#include <cstddef>

#include "stream/bus/bus.hpp"

namespace stream::client {

// Removes those that the reporter has set aside (it has logged each with the reason), for nobody can take
// them up again in a process that is alone. How many they were.
std::size_t throw_away_parked(bus::Bus& bus);

}  // namespace stream::client
