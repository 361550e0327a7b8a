#include "algorithms.hpp"

#include <utility>

#include "stream/common/log.hpp"

namespace stream::api {

using manifest::Catalog;
using manifest::CatalogEntry;

Algorithms::Algorithms(manifest::CatalogReader reader, CatalogPtr catalog, Metrics& metrics,
                       std::chrono::milliseconds interval)
    : reader_(std::move(reader)),
      interval_(interval),
      reloads_(metrics.counter("stream_api_algorithm_reloads_total",
                               "Times that something in the algorithms' folder had changed")),
      usable_(metrics.gauge("stream_api_algorithms", "Folders of algorithms", {{"state", "usable"}})),
      broken_(metrics.gauge("stream_api_algorithms", "Folders of algorithms", {{"state", "broken"}})),
      catalog_(std::move(catalog)) {
  tell({}, *catalog_);
  count(*catalog_);
  thread_ = std::thread([this] { follow(); });
}

Algorithms::~Algorithms() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_all();
  thread_.join();
}

CatalogPtr Algorithms::now() const {
  const std::lock_guard lock(mutex_);
  return catalog_;
}

nlohmann::json Algorithms::list() const {
  nlohmann::json all = nlohmann::json::array();
  for (const auto& [name, entry] : now()->entries) {
    nlohmann::json one = {{"name", name}, {"usable", entry.algorithm != nullptr}, {"error", entry.error}};
    if (entry.algorithm) {
      one["types"] = entry.algorithm->types;
      one["title"] = entry.algorithm->title;
    }
    all.push_back(std::move(one));
  }
  return all;
}

void Algorithms::follow() {
  std::string last_failure;
  std::unique_lock lock(mutex_);
  while (!stopping_.wait_for(lock, interval_, [this] { return stopped_; })) {
    const CatalogPtr before = catalog_;
    lock.unlock();
    auto changed = reader_.read();
    if (changed && *changed) {
      reloads_.add();
      tell(*before, **changed);
      count(**changed);
    }
    const std::string failure = changed ? std::string() : changed.error().message;
    if (!failure.empty() && failure != last_failure)
      log::warn("algorithms_unreadable", {{"reason", failure}});
    last_failure = failure;
    lock.lock();
    if (changed && *changed) catalog_ = *std::move(changed);
  }
}

void Algorithms::tell(const Catalog& before, const Catalog& now) const {
  for (const auto& [name, entry] : now.entries) {
    const auto known = before.entries.find(name);
    const CatalogEntry was = known == before.entries.end() ? CatalogEntry{} : known->second;
    if (!entry.error.empty() && entry.error != was.error) {
      log::warn("algorithm_broken", {{"algorithm", name},
                                     {"in_use", entry.algorithm ? "the last good version" : "nothing"},
                                     {"reason", entry.error}});
    } else if (entry.error.empty() && (entry.algorithm != was.algorithm || !was.error.empty())) {
      log::info("algorithm_loaded", {{"algorithm", name}});
    }
  }
  for (const auto& [name, entry] : before.entries) {
    if (!now.entries.contains(name)) log::warn("algorithm_gone", {{"algorithm", name}});
  }
}

void Algorithms::count(const Catalog& catalog) const {
  double usable = 0, broken = 0;
  for (const auto& [name, entry] : catalog.entries) {
    usable += entry.algorithm ? 1 : 0;
    broken += entry.error.empty() ? 0 : 1;
  }
  usable_.set(usable);
  broken_.set(broken);
}

}  // namespace stream::api
