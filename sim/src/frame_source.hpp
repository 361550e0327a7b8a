// Where the bodies that http_push posts come from.
#pragma once

#include <chrono>
#include <string>

#include "stream/common/result.hpp"

namespace stream::sim {

struct Step {
  enum class Kind {
    kFrame,    // `body` is to be posted
    kNothing,  // time goes on, but this frame did not pass the graph
    kEnd,      // of the file, or of the connection
  };
  Kind kind = Kind::kEnd;
  std::string body;
};

// Confined to one thread.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  // May wait for a live source. An error is final until rewind().
  virtual Result<Step> next() = 0;
  // From the beginning again, with frame ids from 0; a live source is connected to anew.
  virtual void rewind() = 0;
  // From one step to the next; zero when nothing limits the rate or the source does so itself.
  virtual std::chrono::nanoseconds interval() const = 0;
};

}  // namespace stream::sim
