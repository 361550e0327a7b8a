#include <algorithm>

#include "stream/picture/jpeg.hpp"

namespace stream::picture {
namespace {

// Paints every pixel of the image inside the given corners (inclusive) for which `inside(x, y)` holds. What
// lies outside the image costs nothing, however far it reaches.
template <class Inside>
void paint(Image& image, double left, double top, double right, double bottom, Colour colour, Inside inside) {
  const int x0 = static_cast<int>(std::clamp(left, 0.0, double(image.size.width)));
  const int y0 = static_cast<int>(std::clamp(top, 0.0, double(image.size.height)));
  const int x1 = static_cast<int>(std::clamp(right, -1.0, image.size.width - 1.0));
  const int y1 = static_cast<int>(std::clamp(bottom, -1.0, image.size.height - 1.0));
  for (int y = y0; y <= y1; ++y) {
    for (int x = x0; x <= x1; ++x) {
      if (!inside(x, y)) continue;
      auto* pixel = image.at(x, y);
      pixel[0] = colour.r;
      pixel[1] = colour.g;
      pixel[2] = colour.b;
    }
  }
}

}  // namespace

void fill_rect(Image& image, Rect rect, Colour colour) {
  paint(image, rect.x, rect.y, double(rect.x) + rect.width - 1, double(rect.y) + rect.height - 1, colour,
        [](int, int) { return true; });
}

void draw_disc(Image& image, int x, int y, int radius, Colour colour) {
  const double r = std::max(radius, 0);
  paint(image, x - r, y - r, x + r, y + r, colour, [&](int px, int py) {
    const double dx = double(px) - x;
    const double dy = double(py) - y;
    return dx * dx + dy * dy <= r * r;
  });
}

void draw_line(Image& image, int x0, int y0, int x1, int y1, int thickness, Colour colour) {
  const double half = std::max(thickness, 1) / 2.0;
  const double dx = double(x1) - x0;
  const double dy = double(y1) - y0;
  const double length_squared = dx * dx + dy * dy;
  paint(image, std::min(x0, x1) - half, std::min(y0, y1) - half, std::max(x0, x1) + half,
        std::max(y0, y1) + half, colour, [&](int px, int py) {
          // The distance to the nearest point of the segment.
          const double along =
              length_squared == 0 ? 0 : ((px - double(x0)) * dx + (py - double(y0)) * dy) / length_squared;
          const double t = std::clamp(along, 0.0, 1.0);
          const double ex = px - (x0 + t * dx);
          const double ey = py - (y0 + t * dy);
          return ex * ex + ey * ey <= half * half;
        });
}

}  // namespace stream::picture
