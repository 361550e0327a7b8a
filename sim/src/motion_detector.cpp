#include "motion_detector.hpp"

#include <algorithm>
#include <cstdlib>

namespace stream::sim {

namespace {

constexpr int kSmallWidth = 240;  // of the small picture, cells, at least
constexpr int kDifference = 48;   // sum over the colours that counts as a change
constexpr int kLeastCells = 40;   // smaller components are noise
constexpr int kReach = 2;         // cells over which parts of one thing are joined

bool differ(const std::array<int, 3>& a, const std::array<int, 3>& b) {
  return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]) > kDifference;
}

}  // namespace

void MotionDetector::begin(picture::Size picture_size) {
  frames_ = 0;
  picture_size_ = picture_size;
  cell_px_ = std::max(1, picture_size.width / kSmallWidth);
  size_ = {picture_size.width / cell_px_, picture_size.height / cell_px_};
  cells_.assign(static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height), {});
}

MotionDetector::Colour MotionDetector::colour_of(const picture::Image& image, int x, int y) const {
  // A few pixels of the cell are enough against noise.
  const int step = std::max(1, cell_px_ / 2);
  Colour sum{};
  int samples = 0;
  for (int dy = 0; dy < cell_px_; dy += step) {
    const auto row = static_cast<std::size_t>(y * cell_px_ + dy) * static_cast<std::size_t>(image.size.width);
    for (int dx = 0; dx < cell_px_; dx += step, ++samples) {
      const auto* pixel = &image.rgb[3 * (row + static_cast<std::size_t>(x * cell_px_ + dx))];
      for (std::size_t i = 0; i < 3; ++i) sum[i] += pixel[i];
    }
  }
  for (int& value : sum) value /= samples;
  return sum;
}

void MotionDetector::update(Cell& cell, const Colour& colour) const {
  cell.unchanged_frames = differ(colour, cell.now) ? 0 : cell.unchanged_frames + 1;
  cell.now = colour;
  if (frames_ == 0 || cell.unchanged_frames >= settle_frames_) cell.background = colour;
  cell.moves = differ(colour, cell.background);
}

std::vector<picture::Rect> MotionDetector::components() {
  std::vector<picture::Rect> boxes;
  const auto at = [this](int x, int y) -> Cell& {
    return cells_[static_cast<std::size_t>(y * size_.width + x)];
  };
  for (int start = 0; start < static_cast<int>(cells_.size()); ++start) {
    if (!cells_[static_cast<std::size_t>(start)].moves) continue;
    int left = size_.width, right = 0, top = size_.height, bottom = 0, cells = 0;
    cells_[static_cast<std::size_t>(start)].moves = false;
    pending_.assign(1, start);
    while (!pending_.empty()) {
      const int x = pending_.back() % size_.width, y = pending_.back() / size_.width;
      pending_.pop_back();
      ++cells;
      left = std::min(left, x), right = std::max(right, x);
      top = std::min(top, y), bottom = std::max(bottom, y);
      for (int ny = std::max(0, y - kReach); ny <= std::min(size_.height - 1, y + kReach); ++ny) {
        for (int nx = std::max(0, x - kReach); nx <= std::min(size_.width - 1, x + kReach); ++nx) {
          if (!at(nx, ny).moves) continue;
          at(nx, ny).moves = false;
          pending_.push_back(ny * size_.width + nx);
        }
      }
    }
    if (cells < kLeastCells) continue;
    boxes.push_back(
        {left * cell_px_, top * cell_px_, (right - left + 1) * cell_px_, (bottom - top + 1) * cell_px_});
  }
  std::stable_sort(boxes.begin(), boxes.end(), [](const picture::Rect& a, const picture::Rect& b) {
    return a.width * a.height > b.width * b.height;
  });
  return boxes;
}

std::vector<picture::Rect> MotionDetector::detect(const picture::Image& image) {
  if (image.size != picture_size_) begin(image.size);
  auto cell = cells_.begin();
  for (int y = 0; y < size_.height; ++y) {
    for (int x = 0; x < size_.width; ++x) update(*cell++, colour_of(image, x, y));
  }
  return frames_++ < 2 * settle_frames_ ? std::vector<picture::Rect>{} : components();
}

}  // namespace stream::sim
