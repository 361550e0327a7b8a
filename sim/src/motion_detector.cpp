#include "motion_detector.hpp"

#include <algorithm>
#include <cmath>

namespace stream::sim {

namespace {

constexpr int kSmallWidth = 240;           // of the grey picture, px, at least
constexpr float kDifference = 20;          // grey levels that count as a change
constexpr float kLearning = 0.01F;         // share of a frame that goes into the background
constexpr float kLearningMoving = 0.002F;  // the same where something moves
constexpr int kLeastCells = 40;            // smaller components are noise
constexpr int kReach = 2;                  // cells over which parts of one thing are joined

}  // namespace

void MotionDetector::shrink(const picture::Image& image) {
  cell_px_ = std::max(1, image.size.width / kSmallWidth);
  size_ = {image.size.width / cell_px_, image.size.height / cell_px_};
  grey_.resize(static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height));
  const std::size_t stride = static_cast<std::size_t>(image.size.width) * 3;
  const auto cell = static_cast<std::size_t>(cell_px_);
  const std::size_t step = std::max<std::size_t>(1, cell / 2);  // up to four samples a cell are enough
  std::size_t at = 0;
  for (std::size_t y = 0; y < static_cast<std::size_t>(size_.height); ++y) {
    for (std::size_t x = 0; x < static_cast<std::size_t>(size_.width); ++x, ++at) {
      int sum = 0, samples = 0;
      for (std::size_t dy = 0; dy < cell; dy += step) {
        for (std::size_t dx = 0; dx < cell; dx += step, ++samples) {
          const auto* pixel = &image.rgb[(y * cell + dy) * stride + (x * cell + dx) * 3];
          sum += 3 * pixel[0] + 6 * pixel[1] + pixel[2];
        }
      }
      grey_[at] = static_cast<float>(sum) / static_cast<float>(10 * samples);
    }
  }
}

void MotionDetector::compare() {
  moving_.assign(grey_.size(), 0);
  for (std::size_t i = 0; i < grey_.size(); ++i) {
    const bool moves = std::abs(grey_[i] - background_[i]) > kDifference;
    moving_[i] = moves ? 1 : 0;
    background_[i] += (moves ? kLearningMoving : kLearning) * (grey_[i] - background_[i]);
  }
}

std::vector<picture::Rect> MotionDetector::components() {
  std::vector<picture::Rect> boxes;
  const auto index = [this](int x, int y) { return static_cast<std::size_t>(y * size_.width + x); };
  for (int start = 0; start < static_cast<int>(moving_.size()); ++start) {
    if (moving_[static_cast<std::size_t>(start)] == 0) continue;
    int left = size_.width, right = 0, top = size_.height, bottom = 0, cells = 0;
    moving_[static_cast<std::size_t>(start)] = 0;
    pending_.assign(1, start);
    while (!pending_.empty()) {
      const int x = pending_.back() % size_.width, y = pending_.back() / size_.width;
      pending_.pop_back();
      ++cells;
      left = std::min(left, x), right = std::max(right, x);
      top = std::min(top, y), bottom = std::max(bottom, y);
      for (int ny = std::max(0, y - kReach); ny <= std::min(size_.height - 1, y + kReach); ++ny) {
        for (int nx = std::max(0, x - kReach); nx <= std::min(size_.width - 1, x + kReach); ++nx) {
          if (moving_[index(nx, ny)] == 0) continue;
          moving_[index(nx, ny)] = 0;
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
  shrink(image);
  if (image.size != picture_size_) {
    picture_size_ = image.size;
    background_ = grey_;
    return {};
  }
  compare();
  return components();
}

}  // namespace stream::sim
