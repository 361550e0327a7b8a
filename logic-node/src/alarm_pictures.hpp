// Gives an alarm its pictures: fetches them, several at the same time, and cuts them.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "counters.hpp"
#include "fetch_pool.hpp"
#include "pictures.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::logic {

struct PictureLimits {
  std::size_t max_bytes = 16 << 20;          // all pictures of one alarm together
  std::chrono::milliseconds deadline{2000};  // for all pictures of one alarm, once their turn has come
};

// Always gives an alarm that its receiver can take: each picture is a JPEG that decodes, each box fits an
// int32. What cannot be had (the frame is gone, the ingest-node does not answer, the picture is damaged or
// too large) is cut out of the scene, else it becomes a placeholder, counted; without its scene the alarm
// says picture_lost. Thread-safe.
class AlarmPictures {
 public:
  using Done = std::function<void(Alarm)>;

  // `pictures` and `pool` must outlive this, and this the pool's jobs.
  AlarmPictures(Pictures& pictures, FetchPool& pool, const Counters& counters, const PictureLimits& limits)
      : pictures_(pictures), pool_(pool), counters_(counters), limits_(limits) {}

  // Does not block; `done` gets the alarm on a thread of the pool.
  void fill(AlarmDraft draft, Done done) const;

 private:
  struct Filling;

  void assemble(Filling& filling) const;

  Pictures& pictures_;
  FetchPool& pool_;
  const Counters counters_;
  const PictureLimits limits_;
};

}  // namespace stream::logic
