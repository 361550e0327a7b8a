#include "street.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "plates.hpp"

namespace stream::sim {

namespace {

using picture::Colour;
using picture::Image;
using picture::Rect;
using picture::Size;

// The street has been there before the first frame, so that it is not empty then.
constexpr double kHeadStart_s = 30;

// A stream of things that cross the picture: one enters in every period, at a random moment of its first
// third.
struct Traffic {
  std::uint64_t id;
  double period_s, shortest_s, longest_s;  // time to cross
  int direction;                           // 1: to the right, -1: to the left, 0: some do this, some that
};
constexpr Traffic kFarLane{1, 4.0, 6.5, 6.5, -1}, kNearLane{2, 4.5, 5.5, 5.5, 1},
    kPavement{3, 5.0, 12, 18, 0};

// Rows of the picture as parts of its height.
constexpr double kHorizon = 0.40, kRoadTop = 0.46, kLaneMark = 0.59, kRoadBottom = 0.73;
constexpr double kCarHeight = 0.12, kPersonHeight = 0.22;

constexpr Colour kHelmet{250, 200, 0};
constexpr std::array<Colour, 6> kPaints = {Colour{200, 30, 30},  {230, 230, 230}, {40, 70, 160},
                                           Colour{210, 160, 30}, {30, 110, 60},   {130, 50, 140}};

int scaled(double part, int whole) {
  return static_cast<int>(std::lround(part * whole));
}

// A thing that is crossing now.
struct Crossing {
  std::uint64_t looks;  // what everything about it is made from
  double progress;      // 0 when it enters, 1 when it has left
  bool to_the_right;
};

std::vector<Crossing> crossings_at(const Traffic& traffic, std::uint64_t seed, double time_s) {
  std::vector<Crossing> crossings;
  const double now = time_s + kHeadStart_s;
  const auto newest = static_cast<std::int64_t>(now / traffic.period_s);
  const auto oldest =
      std::max<std::int64_t>(0, newest - std::lround(traffic.longest_s / traffic.period_s) - 1);
  for (auto number = oldest; number <= newest; ++number) {
    const auto looks = mix(seed ^ traffic.id << 32U, static_cast<std::uint64_t>(number));
    const double entered =
        traffic.period_s * (static_cast<double>(number) + static_cast<double>(looks % 1000) / 3000);
    const double takes = traffic.shortest_s + (traffic.longest_s - traffic.shortest_s) *
                                                  static_cast<double>(looks / 1000 % 1000) / 1000;
    const double progress = (now - entered) / takes;
    if (progress < 0 || progress > 1) continue;
    const bool right = traffic.direction == 0 ? looks / 1'000'000 % 2 == 0 : traffic.direction > 0;
    crossings.push_back({looks, progress, right});
  }
  return crossings;
}

int left_edge(const Crossing& crossing, int width, int picture_width) {
  const double way = crossing.to_the_right ? crossing.progress : 1 - crossing.progress;
  return static_cast<int>(std::lround(way * (picture_width + width))) - width;
}

Rect clipped(const Rect& box, Size size) {
  const int left = std::max(box.x, 0), top = std::max(box.y, 0);
  return {left, top, std::min(box.x + box.width, size.width) - left,
          std::min(box.y + box.height, size.height) - top};
}

void draw_car(Image& image, const Rect& box, const Crossing& car) {
  const Colour paint = kPaints[car.looks / 7 % kPaints.size()];
  const Colour glass{150, 190, 215}, tyre{20, 20, 20}, rim{160, 160, 160};
  const int half = box.height / 2, wheel = box.height / 5;
  const int ground = box.y + box.height;
  fill_rect(image, {box.x + box.width / 5, box.y, box.width * 11 / 20, half}, paint);
  fill_rect(image, {box.x, box.y + half - 2, box.width, half - wheel + 2}, paint);
  fill_rect(image, {box.x + box.width / 4, box.y + half / 4, box.width / 5, half * 2 / 3}, glass);
  fill_rect(image, {box.x + box.width / 2, box.y + half / 4, box.width / 5, half * 2 / 3}, glass);
  for (const int x : {box.x + box.width / 5, box.x + box.width * 4 / 5}) {
    draw_disc(image, x, ground - wheel, wheel, tyre);
    draw_disc(image, x, ground - wheel, wheel / 2, rim);
  }
}

bool wears_helmet(const Crossing& person) {
  return person.looks / 17 % 2 == 0;
}

void draw_person(Image& image, const Rect& box, const Crossing& person) {
  const Colour coat = kPaints[person.looks / 11 % kPaints.size()];
  const Colour skin{224, 178, 150}, trousers{45, 45, 60};
  const int head = box.height / 14, middle = box.x + box.width / 2;
  const int shoulders = box.y + 2 * head, hips = box.y + box.height * 11 / 20,
            ground = box.y + box.height - 2;
  const int limb = std::max(2, box.width / 6);
  // Two steps a second or so.
  const double phase = 60 * person.progress;
  const int stride = static_cast<int>(std::lround(std::sin(phase) * box.width * 0.35));
  draw_line(image, middle, hips, middle + stride, ground, limb, trousers);
  draw_line(image, middle, hips, middle - stride, ground, limb, trousers);
  draw_line(image, middle, shoulders + limb, middle + stride, hips, limb, skin);
  draw_line(image, middle, shoulders + limb, middle - stride, hips, limb, skin);
  fill_rect(image, {box.x + box.width / 4, shoulders, box.width / 2, hips - shoulders}, coat);
  draw_disc(image, middle, box.y + head, head, skin);
  if (wears_helmet(person)) fill_rect(image, {middle - head, box.y, 2 * head, head}, kHelmet);
}

Image draw_background(const StreetOptions& options) {
  const auto [width, height] = options.size;
  Image image{options.size, {}};
  image.rgb.resize(std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  const auto band = [&, w = width, h = height](double top, double bottom, Colour colour) {
    fill_rect(image, {0, scaled(top, h), w, scaled(bottom, h) - scaled(top, h)}, colour);
  };
  band(0, kHorizon, {170, 205, 235});
  constexpr int kHouses = 7;
  for (int i = 0; i < kHouses; ++i) {
    const auto looks = mix(options.seed, 1000 + static_cast<std::uint64_t>(i));
    const auto shade = static_cast<std::uint8_t>(120 + looks % 80);
    const int top = scaled(0.08 + 0.15 * static_cast<double>(looks / 100 % 100) / 100, height);
    const int left = width * i / kHouses, house = width / kHouses;
    fill_rect(image, {left, top, house - 2, scaled(kHorizon, height) - top},
              {shade, static_cast<std::uint8_t>(shade - 15), static_cast<std::uint8_t>(shade - 30)});
    for (int y = top + house / 8; y < scaled(kHorizon, height) - house / 5; y += house / 4) {
      for (int x = left + house / 8; x < left + house - house / 6; x += house / 4) {
        fill_rect(image, {x, y, house / 8, house / 7}, {70, 85, 105});
      }
    }
  }
  band(kHorizon, kRoadTop, {165, 160, 152});
  band(kRoadTop, kRoadBottom, {78, 78, 82});
  band(kRoadBottom, 1, {185, 180, 170});
  for (int x = 0; x < width; x += width / 12) {
    fill_rect(image, {x, scaled(kLaneMark, height), width / 24, std::max(2, height / 180)}, {235, 235, 235});
  }
  return image;
}

}  // namespace

Street::Street(const StreetOptions& options) : options_(options), background_(draw_background(options)) {}

void Street::draw(std::int64_t frame_id, Scene& scene) const {
  scene.frame_id = frame_id;
  scene.image = background_;
  scene.sightings.clear();
  if (options_.quiet) return;
  const double time_s = static_cast<double>(frame_id) / options_.fps;
  draw_cars(time_s, scene);
  draw_people(time_s, scene);
}

void Street::draw_cars(double time_s, Scene& scene) const {
  const auto [width, height] = options_.size;
  const int car_height = scaled(kCarHeight, height), car_width = car_height * 9 / 4;
  const int scale = std::max(1, height / 360);
  const auto plate = plate_size(scale);
  for (const auto* lane : {&kFarLane, &kNearLane}) {
    const int ground = scaled(lane == &kFarLane ? kLaneMark : kRoadBottom, height) - car_height / 10;
    for (const auto& car : crossings_at(*lane, options_.seed, time_s)) {
      const Rect box{left_edge(car, car_width, width), ground - car_height, car_width, car_height};
      draw_car(scene.image, box, car);
      const Rect plate_box{box.x + (box.width - plate.width) / 2, ground - car_height / 5 - plate.height,
                           plate.width, plate.height};
      const auto label = make_plate(car.looks);
      draw_plate(scene.image, plate_box.x, plate_box.y, scale, label);
      const auto visible = clipped(box, options_.size);
      if (visible.width * 2 < box.width) continue;
      const bool readable = clipped(plate_box, options_.size) == plate_box;
      scene.sightings.push_back(
          {Sighting::Kind::kCar, visible, readable ? label : "", readable ? plate_box : Rect{}, false});
    }
  }
}

void Street::draw_people(double time_s, Scene& scene) const {
  const auto [width, height] = options_.size;
  const int person_height = scaled(kPersonHeight, height), person_width = person_height * 2 / 5;
  for (const auto& person : crossings_at(kPavement, options_.seed, time_s)) {
    const int ground = height - scaled(0.04, height) + static_cast<int>(person.looks / 13 % 5) * height / 200;
    const Rect box{left_edge(person, person_width, width), ground - person_height, person_width,
                   person_height};
    draw_person(scene.image, box, person);
    const auto visible = clipped(box, options_.size);
    if (visible.width * 2 >= box.width) {
      scene.sightings.push_back({Sighting::Kind::kPerson, visible, "", {}, wears_helmet(person)});
    }
  }
}

StreetSource::StreetSource(const StreetOptions& options, int sample_interval, double seconds)
    : street_(options),
      sample_interval_(sample_interval),
      frames_(std::llround(seconds * options.fps)),
      interval_(std::llround(1e9 * sample_interval / options.fps)) {}

Result<bool> StreetSource::next(Scene& scene) {
  if (frames_ != 0 && frame_id_ >= frames_) return false;
  street_.draw(frame_id_, scene);
  frame_id_ += sample_interval_;
  return true;
}

}  // namespace stream::sim
