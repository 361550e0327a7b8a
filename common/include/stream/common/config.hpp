// A node's configuration: a struct with defaults is the truth, a table of keys reads it.
//
//   struct IngestConfig { std::string listen = "0.0.0.0:10001"; std::size_t ring_mib = 64; };
//   ConfigTable table() over a struct `c`:
//     ConfigTable t;
//     t.add("listen", c.listen, "address and port of the frame edge");
//     t.add("ring_mib", c.ring_mib, "memory for whole frames, MiB", {1, 65536});
//
// Values come from the defaults, then a JSON file (an object; dots in keys stand for nesting, both spellings
// work), then
// `--set key=value`. Unknown keys and wrong types are errors that name the key, what was found and what was
// expected.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"

namespace stream {

// Inclusive bounds of a number.
struct Range {
  double min = 0;
  double max = std::numeric_limits<double>::max();
};

// Holds references to the fields it was given: the config struct must outlive it. Confined to one thread.
class ConfigTable {
 public:
  ConfigTable();
  ~ConfigTable();
  ConfigTable(const ConfigTable&) = delete;
  ConfigTable& operator=(const ConfigTable&) = delete;

  void add(std::string key, std::string& field, std::string help);
  void add(std::string key, bool& field, std::string help);
  void add(std::string key, double& field, std::string help, Range range = {});
  void add(std::string key, std::vector<std::string>& field,
           std::string help);  // set with a comma-separated list
  void add(std::string key, std::chrono::milliseconds& field, std::string help,
           Range range = {});  // keys end in _ms
  void add(std::string key, std::uint16_t& field, std::string help, Range range = {0, 65535});
  void add(std::string key, std::uint32_t& field, std::string help, Range range = {});
  void add(std::string key, std::uint64_t& field, std::string help, Range range = {});
  void add(std::string key, int& field, std::string help, Range range = {});
  // A key whose value is never printed (--print-config shows ***).
  void add_secret(std::string key, std::string& field, std::string help);
  // A list of addresses that may hold passwords: shown with *** in their place.
  void add_addresses(std::string key, std::vector<std::string>& field, std::string help);

  Status read_file(const std::string& path);
  Status read_json(const nlohmann::json& object);
  // `assignment` is key=value; the value is read as the key's type. Dashes in the key count as underscores.
  Status set(std::string_view assignment);

  // All keys with their present values, nested, ready to be used as a file.
  nlohmann::json to_json() const;
  // One line a key: name, present value, help.
  std::string describe() const;

 private:
  struct Row;
  Row* find(std::string_view key);
  Status read_object(const nlohmann::json& object, const std::string& prefix);
  std::vector<Row> rows_;
};

}  // namespace stream
