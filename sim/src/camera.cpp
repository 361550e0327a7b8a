#include "camera.hpp"

#include <filesystem>

namespace stream::sim {

Camera::Camera(std::unique_ptr<FrameSource> source, const CameraOutage& outage)
    : source_(std::move(source)), outage_(outage) {}

Result<Step> Camera::next() {
  if (connected_ && outage_.gone_after_s && played_.count() >= *outage_.gone_after_s) go_away();
  if (is_unplugged()) connected_ = false;
  if (!connected_) return Step{};
  played_ += source_->interval();
  return source_->next();
}

void Camera::go_away() {
  connected_ = false;
  back_ = Clock::time_point::max();
  if (!outage_.back_after_s) return;
  const std::chrono::duration<double> away(*outage_.back_after_s);
  back_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(away);
}

bool Camera::is_unplugged() const {
  std::error_code ignored;
  return !outage_.gone_while.empty() && std::filesystem::exists(outage_.gone_while, ignored);
}

void Camera::rewind() {
  if (is_unplugged() || (!connected_ && Clock::now() < back_)) return;
  connected_ = true;
  played_ = {};
  source_->rewind();
}

}  // namespace stream::sim
