#include "fakes.hpp"

#include "stream/picture/jpeg.hpp"

namespace stream::logic {
namespace {

constexpr auto kScene = std::string::npos;

}  // namespace

std::string make_jpeg(int width, int height) {
  picture::Image image{{width, height}, {}};
  image.rgb.assign(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 70);
  return picture::encode_jpeg(image).value();
}

void FakePictures::put_scene(std::uint64_t sequence, std::string jpeg) {
  put_sub_object(sequence, kScene, std::move(jpeg));
}

void FakePictures::put_sub_object(std::uint64_t sequence, std::size_t index, std::string jpeg) {
  const std::lock_guard lock(mutex_);
  pictures_[{sequence, index}] = std::move(jpeg);
}

void FakePictures::hold(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  held_ = sequence;
}

void FakePictures::release() {
  {
    const std::lock_guard lock(mutex_);
    held_.reset();
  }
  released_.notify_all();
}

void FakePictures::fail_with(ErrorCode code) {
  const std::lock_guard lock(mutex_);
  error_ = code;
}

Result<std::string> FakePictures::scene(const FrameRef& frame, Deadline /*deadline*/) {
  std::unique_lock lock(mutex_);
  released_.wait(lock, [&] { return held_ != frame.sequence; });
  return find(frame.sequence, kScene);
}

Result<std::string> FakePictures::sub_object(const FrameRef& frame, std::size_t index,
                                             Deadline /*deadline*/) {
  const std::lock_guard lock(mutex_);
  return find(frame.sequence, index);
}

Result<std::string> FakePictures::find(std::uint64_t sequence, std::size_t index) const {
  if (error_) return fail(*error_, "told to fail");
  const auto found = pictures_.find({sequence, index});
  if (found == pictures_.end()) return fail(ErrorCode::kNotFound, "gone");
  return found->second;
}

void MoodyBus::answer_next(bus::EnqueueResult result, int times, bool stores) {
  const std::lock_guard lock(mutex_);
  next_.insert(next_.end(), static_cast<std::size_t>(times), {result, stores});
}

void MoodyBus::answer_always(bus::EnqueueResult result) {
  const std::lock_guard lock(mutex_);
  always_ = result;
}

void MoodyBus::calm() {
  const std::lock_guard lock(mutex_);
  always_.reset();
}

bus::EnqueueResult MoodyBus::enqueue(std::string_view queue, std::string_view id, std::string_view payload) {
  ++enqueues_;
  std::optional<Mood> mood;
  {
    const std::lock_guard lock(mutex_);
    if (always_) return *always_;
    if (!next_.empty()) {
      mood = next_.front();
      next_.pop_front();
    }
  }
  if (!mood) return memory_->enqueue(queue, id, payload);
  if (mood->stores) std::ignore = memory_->enqueue(queue, id, payload);
  return mood->result;
}

}  // namespace stream::logic
