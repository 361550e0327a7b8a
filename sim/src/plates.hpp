// Licence plates that do not exist.
#pragma once

#include <cstdint>
#include <string>

#include "stream/picture/jpeg.hpp"

namespace stream::sim {

// A well-mixed number for each (seed, number).
std::uint64_t mix(std::uint64_t seed, std::uint64_t number);

// A province, a letter and five letters or digits, e.g. "京A8K2P7"; the same for the same number.
std::string make_plate(std::uint64_t number);

// Size of a drawn plate, px.
picture::Size plate_size(int scale);
// Draws `label` with a font of 5x7 dots; the province is a block.
void draw_plate(picture::Image& image, int x, int y, int scale, const std::string& label);

}  // namespace stream::sim
