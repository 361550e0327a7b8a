#include "recording.hpp"

namespace stream::sim {

Recording::Recording(const std::string& path, std::chrono::nanoseconds interval)
    : path_(path), interval_(interval), file_(path, std::ios::binary) {}

Result<Step> Recording::next() {
  if (!file_.is_open()) return fail(ErrorCode::kNotFound, "{}: cannot be read", path_);
  Step step{Step::Kind::kFrame, {}};
  while (std::getline(file_, step.body)) {
    if (!step.body.empty()) return step;
  }
  return Step{};
}

void Recording::rewind() {
  file_.clear();
  file_.seekg(0);
}

}  // namespace stream::sim
