// Room on the disk, and what is done when there is none.
//
// A ballast file takes up space that nobody needs. When the disk is full it goes, which leaves room for what
// makes more room: acknowledging and deleting. New messages and values are refused until there is space for
// the ballast again.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace stream::broker {

// Confined to one thread.
class DiskRoom {
 public:
  DiskRoom(std::filesystem::path directory, std::uint64_t ballast_bytes);

  // Nothing new may be stored.
  bool full() const { return full_; }
  // SQLite ran out of space: drops the ballast.
  void ran_out();
  // While full: looks, once a second at most, whether space has come back.
  void look_again();

 private:
  bool make_ballast() const;

  const std::filesystem::path directory_;
  const std::filesystem::path ballast_;
  const std::uint64_t ballast_bytes_;
  bool full_ = false;
  std::chrono::steady_clock::time_point next_look_{};
};

}  // namespace stream::broker
