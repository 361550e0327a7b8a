// The algorithms this node knows at present: follows their folder, so that a changed one is taken without a
// restart.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "stream/common/metrics.hpp"
#include "stream/manifest/catalog.hpp"

namespace stream::api {

using CatalogPtr = std::shared_ptr<const manifest::Catalog>;

// Thread-safe. A thread of its own looks at the folder again every `interval`; changes are logged
// (algorithm_loaded, algorithm_broken, algorithm_gone) and counted.
class Algorithms {
 public:
  // `catalog` is what `reader` gave last.
  Algorithms(manifest::CatalogReader reader, CatalogPtr catalog, Metrics& metrics,
             std::chrono::milliseconds interval = std::chrono::seconds(1));
  ~Algorithms();
  Algorithms(const Algorithms&) = delete;
  Algorithms& operator=(const Algorithms&) = delete;

  CatalogPtr now() const;
  // For people: an array of name, types, title, and what is wrong with the folder.
  nlohmann::json list() const;

 private:
  void follow();
  void tell(const manifest::Catalog& before, const manifest::Catalog& now) const;
  void count(const manifest::Catalog& catalog) const;

  manifest::CatalogReader reader_;  // the thread's own
  const std::chrono::milliseconds interval_;
  const Counter reloads_;
  const Gauge usable_, broken_;

  mutable std::mutex mutex_;
  std::condition_variable stopping_;
  CatalogPtr catalog_;    // guarded by mutex_
  bool stopped_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace stream::api
