// Recordings made from a seed, of objects that come, go and flicker, and the alarms they must give.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace stream::faults {

// One object's one visit: it is seen again and again, is away, and alarms once.
struct Episode {
  std::string label;
  std::int64_t alarm_frame = 0;
  std::int64_t first = 0, last = 0;  // frames in which it is seen
  auto operator<=>(const Episode&) const = default;
};

struct ScriptOptions {
  std::uint64_t seed = 1;
  int frames = 200;
  int objects = 4;
  int in_frames = 3, out_frames = 5;
  std::string prefix = "K";  // of the labels
};

// A file for stream-sim's replay, for licence plate recognition: the label of an object is its key and stands
// in the report.
struct Script {
  std::filesystem::path file;
  int frames = 0;
  std::vector<Episode> episodes;  // those that alarm, sorted
  // Of a source at `fps`; every frame reaches an ingest-node that is up, however slow.
  std::string address(double fps) const;
};

Script write_script(const std::filesystem::path& file, const ScriptOptions& options);

// What `seen[frame]` (labels of each frame, ids from 0 without a gap) must give: the rule of the logic-node,
// told a second time and in another way.
std::vector<Episode> episodes_of(const std::vector<std::vector<std::string>>& seen, int in_frames,
                                 int out_frames);

}  // namespace stream::faults
