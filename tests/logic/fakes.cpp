#include "fakes.hpp"

#include <random>

#include "stream/picture/jpeg.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::logic {
namespace {

constexpr auto kScene = std::string::npos;

}  // namespace

std::string make_jpeg(int width, int height) {
  picture::Image image{{width, height}, {}};
  image.rgb.assign(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 70);
  return picture::encode_jpeg(image).value();
}

std::string make_noise_jpeg(int width, int height) {
  picture::Image image{{width, height}, {}};
  image.rgb.resize(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  std::minstd_rand random;
  for (auto& byte : image.rgb) byte = static_cast<unsigned char>(random() >> 16U);
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

void FakePictures::hold(const std::string& address) {
  const std::lock_guard lock(mutex_);
  held_address_ = address;
}

void FakePictures::release() {
  {
    const std::lock_guard lock(mutex_);
    held_.reset();
    held_address_.reset();
  }
  released_.notify_all();
}

void FakePictures::wait_for_each_other(int fetches) {
  const std::lock_guard lock(mutex_);
  awaited_ = fetches;
}

void FakePictures::wait_for_others(std::unique_lock<std::mutex>& lock) {
  if (awaited_ <= 0) return;
  --awaited_;
  released_.notify_all();
  released_.wait(lock, [&] { return awaited_ == 0; });
}

void FakePictures::fail_with(ErrorCode code) {
  const std::lock_guard lock(mutex_);
  error_ = code;
}

Result<std::string> FakePictures::scene(const FrameRef& frame, Deadline /*deadline*/) {
  std::unique_lock lock(mutex_);
  released_.wait(lock, [&] { return held_ != frame.sequence && held_address_ != frame.address; });
  wait_for_others(lock);
  return find(frame.sequence, kScene);
}

Result<std::string> FakePictures::sub_object(const FrameRef& frame, std::size_t index,
                                             Deadline /*deadline*/) {
  std::unique_lock lock(mutex_);
  released_.wait(lock, [&] { return held_address_ != frame.address; });
  wait_for_others(lock);
  return find(frame.sequence, index);
}

Result<std::string> FakePictures::find(std::uint64_t sequence, std::size_t index) const {
  if (error_) return fail(*error_, "told to fail");
  const auto found = pictures_.find({sequence, index});
  if (found == pictures_.end()) return fail(ErrorCode::kNotFound, "gone");
  return found->second;
}

void FakeReplay::keep(const FrameMeta& frame) {
  const std::lock_guard lock(mutex_);
  frames_[{frame.ref.boot, frame.task_id}][frame.number] = frame;
}

void FakeReplay::forget_up_to(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  for (auto& [source, frames] : frames_) frames.erase(frames.begin(), frames.upper_bound(number));
}

void FakeReplay::answer_always(Fetched::Outcome outcome) {
  const std::lock_guard lock(mutex_);
  outcome_ = outcome;
}

void FakeReplay::hold() {
  const std::lock_guard lock(mutex_);
  holds_ = true;
}

void FakeReplay::release() {
  const std::lock_guard lock(mutex_);
  holds_ = false;
  released_.notify_all();
}

int FakeReplay::held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

int FakeReplay::fetches() const {
  const std::lock_guard lock(mutex_);
  return fetches_;
}

Fetched FakeReplay::after(const FramePosition& position, const std::string& task_id,
                          std::uint32_t /*algorithm*/, Deadline /*deadline*/) {
  std::unique_lock lock(mutex_);
  ++fetches_;
  ++held_;
  released_.wait(lock, [this] { return !holds_; });
  --held_;
  Fetched answer{outcome_, {}};
  if (outcome_ != Fetched::Outcome::kFrames) return answer;
  const auto& frames = frames_[{position.boot, task_id}];
  for (auto next = frames.upper_bound(position.number); next != frames.end(); ++next) {
    if (answer.frames.size() < most_) answer.frames.push_back(next->second);
  }
  return answer;
}

void MoodyBus::answer_next(bus::EnqueueResult result, int times, bool stores) {
  const std::lock_guard lock(mutex_);
  next_.insert(next_.end(), static_cast<std::size_t>(times), {result, stores});
}

void MoodyBus::answer_always(bus::EnqueueResult result) {
  const std::lock_guard lock(mutex_);
  always_ = result;
}

void MoodyBus::answer_states(bus::CasResult::Outcome outcome) {
  const std::lock_guard lock(mutex_);
  states_ = outcome;
}

void MoodyBus::cut_off() {
  cut_off_ = true;
}

void MoodyBus::calm() {
  cut_off_ = false;
  const std::lock_guard lock(mutex_);
  always_.reset();
  states_.reset();
}

Result<std::optional<bus::Entry>> MoodyBus::get(std::string_view key) {
  ++calls_;
  if (cut_off_) return fail(ErrorCode::kUnavailable, "cut off");
  return memory_->get(key);
}

Result<std::vector<bus::Entry>> MoodyBus::list(std::string_view prefix) {
  if (cut_off_) return fail(ErrorCode::kUnavailable, "cut off");
  return memory_->list(prefix);
}

bus::CasResult MoodyBus::cas(std::string_view key, bus::Revision expected,
                             std::optional<std::string_view> value) {
  ++calls_;
  if (cut_off_) return {bus::CasResult::Outcome::kUnknown, 0};
  if (key.starts_with(topics::kStateKeys)) {
    const std::lock_guard lock(mutex_);
    if (states_) return {*states_, 0};
  }
  return memory_->cas(key, expected, value);
}

bus::EnqueueResult MoodyBus::enqueue(std::string_view queue, std::string_view id, std::string_view payload) {
  ++enqueues_;
  if (cut_off_) return bus::EnqueueResult::kUnknown;
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
