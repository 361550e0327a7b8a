// Replays recorded bodies, one a line, byte for byte.
#pragma once

#include <fstream>
#include <string>

#include "frame_source.hpp"

namespace stream::sim {

class Recording : public FrameSource {
 public:
  Recording(const std::string& path, std::chrono::nanoseconds interval);

  Result<Step> next() override;
  void rewind() override;
  std::chrono::nanoseconds interval() const override { return interval_; }

 private:
  const std::string path_;
  const std::chrono::nanoseconds interval_;
  std::ifstream file_;
};

}  // namespace stream::sim
