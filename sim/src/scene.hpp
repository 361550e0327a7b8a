// Pictures and what there is to see in them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/picture/jpeg.hpp"

namespace stream::sim {

struct Sighting {
  enum class Kind { kPerson, kCar };
  Kind kind = Kind::kPerson;
  picture::Rect box;
  // Of a car; a label that is empty means that the plate cannot be seen.
  std::string plate;
  picture::Rect plate_box;
  bool wears_helmet = false;  // of a person
};

struct Scene {
  std::int64_t frame_id = 0;
  picture::Image image;
  std::vector<Sighting> sightings;
};

// A source of pictures, every sample_interval-th frame of it. Confined to one thread.
class SceneSource {
 public:
  virtual ~SceneSource() = default;
  // Fills `scene`; false at the end. An error is final until rewind().
  virtual Result<bool> next(Scene& scene) = 0;
  // From the beginning again, with frame ids from 0; a live source is connected to anew.
  virtual void rewind() = 0;
  // From one sampled frame to the next; zero when the source itself sets the pace.
  virtual std::chrono::nanoseconds interval() const = 0;
};

}  // namespace stream::sim
