// Where frames come from that did not arrive.
#pragma once

#include <cstdint>
#include <string>

#include "frame_order.hpp"
#include "pictures.hpp"

namespace stream::logic {

// Thread-safe.
class Replay {
 public:
  virtual ~Replay() = default;
  // The frames of the task's algorithm after `position`, oldest first, as many as fit an answer.
  virtual Fetched after(const FramePosition& position, const std::string& task_id, std::uint32_t algorithm,
                        Deadline deadline) = 0;
};

// Asks the ingest-node that the position names, over HTTP.
class IngestReplay : public Replay {
 public:
  Fetched after(const FramePosition& position, const std::string& task_id, std::uint32_t algorithm,
                Deadline deadline) override;
};

}  // namespace stream::logic
