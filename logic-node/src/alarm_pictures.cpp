#include "alarm_pictures.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pose_drawing.hpp"
#include "stream/common/fail_point.hpp"
#include "stream/picture/jpeg.hpp"

namespace stream::logic {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSquareMarginPx = 20;

picture::Rect rect_of(const Box& box) {
  return {box.x, box.y, box.width, box.height};
}

using Fetch = std::optional<Result<std::string>>;  // empty: there was none to fetch

// Puts the pictures that came into the alarm.
class Assembly {
 public:
  Assembly(const Counters& counters, std::size_t max_bytes) : counters_(counters), bytes_left_(max_bytes) {}

  void put_scene(Alarm& alarm, Fetch fetched) {
    auto scene = accept(std::move(fetched));
    alarm.picture_lost = !scene;
    if (scene) {
      scene_size_ = picture::inspect_jpeg(*scene).value();
      alarm.scene = *std::move(scene);
    } else {
      alarm.scene = picture::placeholder_jpeg();
      counters_.alarms_without_scene.add();
    }
    scene_ = &alarm.scene;
  }

  void put_picture(AlarmEvent& event, const PictureDraft& draft, Fetch fetched) {
    const bool has_no_box = draft.whole_scene && (event.box.width <= 0 || event.box.height <= 0);
    if (has_no_box && scene_size_) event.box = {0, 0, scene_size_->width, scene_size_->height};
    if (auto sent = accept(std::move(fetched))) {
      event.picture = *std::move(sent);
      return;
    }
    event.picture = scene_size_ ? cut_out(event.box, draft) : picture::placeholder_jpeg();
  }

 private:
  // A fetched picture when it is good; else counts why not.
  std::optional<std::string> accept(Fetch fetched) {
    if (!fetched) return std::nullopt;
    auto& picture = *fetched;
    if (!picture) {
      const bool gone = picture.error().code == ErrorCode::kNotFound;
      (gone ? counters_.pictures_gone : counters_.pictures_unreachable).add();
      return std::nullopt;
    }
    counters_.pictures_fetched.add();
    if (!picture::inspect_jpeg(*picture) || !picture::verify_jpeg(*picture)) {
      counters_.pictures_invalid.add();
      return std::nullopt;
    }
    return within_limit(*std::move(picture));
  }

  std::optional<std::string> within_limit(std::string jpeg) {
    if (jpeg.size() > bytes_left_) {
      counters_.pictures_too_large.add();
      return std::nullopt;
    }
    bytes_left_ -= jpeg.size();
    return jpeg;
  }

  std::string cut_out(const Box& box, const PictureDraft& draft) {
    auto cut = cut_part(box, draft);
    if (!cut) {
      counters_.pictures_invalid.add();
      return picture::placeholder_jpeg();
    }
    return within_limit(*std::move(cut)).value_or(picture::placeholder_jpeg());
  }

  Result<std::string> cut_part(const Box& box, const PictureDraft& draft) const {
    const auto part = draft.kind == "box"
                          ? rect_of(box)
                          : picture::square_around(rect_of(box), kSquareMarginPx, *scene_size_);
    auto image = picture::crop(*scene_, part);
    if (!image) return tl::unexpected(std::move(image.error()));
    if (draft.kind == "pose") draw_pose(*image, draft.pose, part.x, part.y);
    return picture::encode_jpeg(*image);
  }

  const Counters& counters_;
  std::size_t bytes_left_;
  const std::string* scene_ = nullptr;
  std::optional<picture::Size> scene_size_;  // empty: there is only a placeholder
};

}  // namespace

struct AlarmPictures::Filling {
  AlarmDraft draft;
  Done done;
  std::once_flag begun;
  Deadline deadline;           // set by the first job that asks
  Fetch scene;                 // each set by one job, read by the last
  std::vector<Fetch> fetched;  // one for each event
  std::atomic<std::size_t> open = 0;
};

void AlarmPictures::fill(AlarmDraft draft, Done done) const {
  const auto filling = std::make_shared<Filling>();
  filling->draft = std::move(draft);
  filling->done = std::move(done);
  filling->draft.pictures.resize(filling->draft.alarm.events.size());
  filling->fetched.resize(filling->draft.alarm.events.size());

  const std::string address = filling->draft.frame.address;
  std::vector<FetchJob> jobs;
  const auto add_job = [&](Fetch& fetched, auto fetch) {
    fetched = fail(ErrorCode::kUnavailable, "{}: does not answer", address);  // when it is not even asked
    const auto ask = [this, filling, &fetched, fetch] {
      std::call_once(filling->begun, [&] { filling->deadline = Clock::now() + limits_.deadline; });
      fetched = fetch(filling->draft, filling->deadline);
      return *fetched || (*fetched).error().code != ErrorCode::kUnavailable ||
             Clock::now() < filling->deadline;
    };
    const auto then = [this, filling] {
      if (--filling->open == 0) assemble(*filling);
    };
    jobs.push_back({ask, then});
  };
  add_job(filling->scene, [this](const AlarmDraft& of, Deadline deadline) {
    fail_point("logic.before_pictures");
    return pictures_.scene(of.frame, deadline);
  });
  for (std::size_t i = 0; i < filling->fetched.size(); ++i) {
    if (filling->draft.pictures[i].kind != "sub_object") continue;
    add_job(filling->fetched[i], [this, i](const AlarmDraft& of, Deadline deadline) {
      return pictures_.sub_object(of.frame, of.pictures[i].sub_object, deadline);
    });
  }
  filling->open = jobs.size();
  for (auto& job : jobs) pool_.post(address, std::move(job));
}

void AlarmPictures::assemble(Filling& filling) const {
  Assembly assembly(counters_, limits_.max_bytes);
  auto& alarm = filling.draft.alarm;
  assembly.put_scene(alarm, std::move(filling.scene));
  for (std::size_t i = 0; i < alarm.events.size(); ++i) {
    assembly.put_picture(alarm.events[i], filling.draft.pictures[i], std::move(filling.fetched[i]));
  }
  fail_point("logic.after_pictures");
  filling.done(std::move(alarm));
}

}  // namespace stream::logic
