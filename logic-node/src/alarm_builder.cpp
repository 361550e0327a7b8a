#include "alarm_builder.hpp"

#include <algorithm>
#include <optional>

#include "objects.hpp"
#include "pose_drawing.hpp"
#include "stream/common/encode.hpp"
#include "stream/picture/jpeg.hpp"

namespace stream::logic {
namespace {

constexpr int kSquareMarginPx = 20;

picture::Rect rect_of(const Box& box) {
  return {box.x, box.y, box.width, box.height};
}

}  // namespace

std::string alarm_id(const Decision& decision) {
  const auto& ref = decision.frame.ref;
  return fmt::format("{}:{}:{}:{}", encode_name(decision.task->task_id), decision.task->algorithm, ref.boot,
                     ref.sequence);
}

// The building of one alarm.
class AlarmBuilder::Work {
 public:
  Work(const AlarmBuilder& builder, const Decision& decision)
      : builder_(builder),
        counters_(builder.counters_),
        frame_(decision.frame),
        rules_(decision.task->rules),
        deadline_(std::chrono::steady_clock::now() + builder.limits_.picture_deadline),
        bytes_left_(builder.limits_.max_pictures_bytes) {
    fetch_scene();
  }

  bool has_scene() const { return scene_size_.has_value(); }
  const std::string& scene() const { return scene_; }

  AlarmEvent event(std::size_t object, std::int32_t type, std::string key) {
    AlarmEvent event;
    event.type = type;
    event.box = box_or_whole(object);
    event.picture = picture_of(object, event.box);
    event.extend_json = extend_of(frame_, rules_, object);
    event.key = std::move(key);
    return event;
  }

 private:
  void fetch_scene() {
    auto fetched = accept(builder_.pictures_.scene(frame_.ref, deadline_));
    if (!fetched) {
      scene_ = picture::placeholder_jpeg();
      return;
    }
    scene_ = *std::move(fetched);
    scene_size_ = picture::inspect_jpeg(scene_).value();
  }

  // A fetched picture when it is good; else counts why not.
  std::optional<std::string> accept(Result<std::string> fetched) {
    if (!fetched) {
      const bool gone = fetched.error().code == ErrorCode::kNotFound;
      (gone ? counters_.pictures_gone : counters_.pictures_unreachable).add();
      return std::nullopt;
    }
    counters_.pictures_fetched.add();
    if (!picture::inspect_jpeg(*fetched) || !picture::verify_jpeg(*fetched)) {
      counters_.pictures_invalid.add();
      return std::nullopt;
    }
    return within_limit(*std::move(fetched));
  }

  std::optional<std::string> within_limit(std::string jpeg) {
    if (jpeg.size() > bytes_left_) {
      counters_.pictures_too_large.add();
      return std::nullopt;
    }
    bytes_left_ -= jpeg.size();
    return jpeg;
  }

  Box box_or_whole(std::size_t object) const {
    if (const auto box = box_of(frame_, rules_, object)) return *box;
    counters_.boxes_unknown.add();
    if (frame_.width > 0 && frame_.height > 0) return {0, 0, frame_.width, frame_.height};
    const auto size = scene_size_.value_or(picture::Size{});
    return {0, 0, size.width, size.height};
  }

  std::string picture_of(std::size_t object, const Box& box) {
    if (!has_scene()) return picture::placeholder_jpeg();
    if (rules_.picture == EventPicture::kSubObject && frame_.sub_objects[object].has_picture) {
      if (auto sub = accept(builder_.pictures_.sub_object(frame_.ref, object, deadline_)))
        return *std::move(sub);
    }
    auto cut = cut_square(object, box);
    if (!cut) {
      counters_.pictures_invalid.add();
      return picture::placeholder_jpeg();
    }
    return within_limit(*std::move(cut)).value_or(picture::placeholder_jpeg());
  }

  Result<std::string> cut_square(std::size_t object, const Box& box) const {
    const auto square = picture::square_around(rect_of(box), kSquareMarginPx, *scene_size_);
    auto image = picture::crop(scene_, square);
    if (!image) return tl::unexpected(std::move(image.error()));
    if (rules_.picture == EventPicture::kPose) draw_pose(*image, frame_.poses[object], square.x, square.y);
    return picture::encode_jpeg(*image);
  }

  const AlarmBuilder& builder_;
  const Counters& counters_;
  const FrameMeta& frame_;
  const Rules& rules_;
  const Deadline deadline_;
  std::size_t bytes_left_;
  std::string scene_;
  std::optional<picture::Size> scene_size_;  // empty: scene_ is the placeholder
};

Alarm AlarmBuilder::build(const Decision& decision) const {
  const auto& task = *decision.task;
  Work work(*this, decision);
  Alarm alarm;
  alarm.id = alarm_id(decision);
  alarm.task_id = task.task_id;
  alarm.src_id = task.src_id;
  alarm.algorithm = task.algorithm;
  alarm.frame_index = decision.frame.frame_id;
  alarm.timestamp_us = decision.frame.timestamp_us;
  alarm.decided_us = decision.decided_us;
  alarm.report_urls = task.report_urls;
  alarm.report_policy = task.report_policy;
  const auto keys = keys_in(decision.frame, task.rules);
  const auto count = std::min(decision.objects.size(), limits_.max_events);
  for (std::size_t i = 0; i < count; ++i) {
    const auto object = decision.objects[i];
    alarm.events.push_back(work.event(object, task.type, keys[object]));
  }
  counters_.events_left_out.add(static_cast<double>(decision.objects.size() - count));
  alarm.scene = work.scene();
  alarm.picture_lost = !work.has_scene();
  if (alarm.picture_lost) counters_.alarms_without_scene.add();
  return alarm;
}

}  // namespace stream::logic
