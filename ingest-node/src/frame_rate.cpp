#include "frame_rate.hpp"

#include <cmath>

namespace stream::ingest {
namespace {

constexpr std::chrono::duration<double> kSmoothedOver{5};

}  // namespace

double FrameRate::update(double frames, Clock::time_point now) {
  const std::chrono::duration<double> passed = now - last_;
  if (passed.count() <= 0) return rate_;
  const double weight = 1 - std::exp(-(passed / kSmoothedOver));
  rate_ += weight * ((frames - frames_) / passed.count() - rate_);
  last_ = now;
  frames_ = frames;
  return rate_;
}

}  // namespace stream::ingest
