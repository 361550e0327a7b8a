// What comes again and again is in the log once.
#pragma once

#include <set>
#include <string>

#include "stream/common/log.hpp"

namespace stream::api {

// The way of a camera that is away for a day is gone a hundred times. A value.
class OnceLog {
 public:
  // The level for a line of this kind: its own the first time, then debug.
  log::Level level(const std::string& kind, log::Level level) {
    return told_.insert(kind).second ? level : log::Level::kDebug;
  }
  // All is well, or somebody asked for something: what comes now is news.
  void forget() { told_.clear(); }

 private:
  std::set<std::string> told_;
};

}  // namespace stream::api
