#include "stream/common/periodic.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace stream {

Periodic::Periodic(std::chrono::milliseconds every, Work work)
    : thread_([every, work = std::move(work)](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any pause;
        std::unique_lock lock(mutex);
        std::optional<Clock::time_point> last;
        do {
          const auto now = Clock::now();
          work(std::min<Clock::duration>(now - last.value_or(now), 2 * every));
          last = now;
        } while (!pause.wait_for(lock, stop, every, [&] { return stop.stop_requested(); }));
      }) {}

}  // namespace stream
