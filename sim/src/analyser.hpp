// The part of a graph that makes objects out of what is to be seen, instead of neural networks.
#pragma once

#include <random>

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
  float score();

  const Graph graph_;
  std::mt19937_64 random_;
  IouTracker tracker_;
};

}  // namespace stream::sim
