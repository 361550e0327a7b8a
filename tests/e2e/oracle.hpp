// The recorded corpora, and what must come of them.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "stream/receiver/receiver.hpp"

namespace stream::e2e {

// One alarmed object, as both sides can tell it. `key` stays empty where the report does not carry it.
struct Expected {
  std::int64_t frame = 0;
  std::string key;
  std::vector<std::int64_t> box;  // x1, y1, x2, y2
  auto operator<=>(const Expected&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Expected& e);

struct Corpus {
  std::string name;           // of the file and its oracle
  int type;                   // application-web's algorithm number
  std::string oracle_suffix;  // ".byframeid" where frames are missing
  bool has_key;               // the report's Extend tells the key
};

extern const std::vector<Corpus> kCorpora;

// Sorted; the test fails when the file cannot be read.
std::vector<Expected> read_oracle(const std::filesystem::path& file, bool has_key);
// What came of a task, sorted; the test fails for an event without a good picture.
std::vector<Expected> received(const std::vector<receiver::ReceivedAlarm>& alarms, const std::string& task,
                               bool has_key);

}  // namespace stream::e2e
