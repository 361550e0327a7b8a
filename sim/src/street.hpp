// A synthetic street: cars with licence plates on two lanes, people on the pavement. What is on the picture
// is a function of the seed and the frame's number only.
#pragma once

#include <cstdint>

#include "scene.hpp"

namespace stream::sim {

struct StreetOptions {
  picture::Size size{1280, 720};
  double fps = 25;
  std::uint64_t seed = 1;
  bool quiet = false;  // neither cars nor people
};

// Immutable after construction.
class Street {
 public:
  explicit Street(const StreetOptions& options);

  // Fills `scene` with the picture and everything of which more than half is in it.
  void draw(std::int64_t frame_id, Scene& scene) const;

 private:
  void draw_cars(double time_s, Scene& scene) const;
  void draw_people(double time_s, Scene& scene) const;

  const StreetOptions options_;
  const picture::Image background_;
};

// The street as a source.
class StreetSource : public SceneSource {
 public:
  // `seconds`: of street time until the end; 0: it never ends.
  StreetSource(const StreetOptions& options, int sample_interval, double seconds);

  Result<bool> next(Scene& scene) override;
  void rewind() override { frame_id_ = 0; }
  std::chrono::nanoseconds interval() const override { return interval_; }

 private:
  const Street street_;
  const int sample_interval_;
  const std::int64_t frames_;  // 0: no end
  const std::chrono::nanoseconds interval_;
  std::int64_t frame_id_ = 0;
};

}  // namespace stream::sim
