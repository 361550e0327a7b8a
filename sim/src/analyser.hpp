// The part of a graph that makes objects out of what is to be seen, instead of neural networks.
#pragma once

#include <optional>
#include <random>
#include <string_view>

#include "graph.hpp"
#include "iou_tracker.hpp"
#include "objects.hpp"
#include "scene.hpp"

namespace stream::sim {

// Confined to one thread.
class Analyser {
 public:
  // Scores are made up from `seed`.
  Analyser(const Graph& graph, std::uint64_t seed) : graph_(graph), random_(seed) {}

  Objects analyse(const Scene& scene);

 private:
  void detect(const Scene& scene, Objects& objects);
  // False: the detector does not give it.
  bool add(const DetectedObject& detection, Objects& objects) const;
  // The number of a class; empty: the detector does not know it.
  std::optional<int> class_called(std::string_view name, std::optional<int> in_coco) const;
  float score();

  const Graph graph_;
  std::mt19937_64 random_;
  IouTracker tracker_;
};

}  // namespace stream::sim
