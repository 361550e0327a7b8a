// Reading sophon-stream's configuration files with errors that say where: file, JSON pointer, what was found,
// what was expected.
//
//   std::optional<Error> error;
//   const JsonReader root(json, "demo.json: ", error);
//   config.port = root.at("http_listen").at("port").integer(0, 65535);
//   ...more values...
//   if (error) return tl::unexpected(*error);
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::sim {

// The whole file as JSON. kNotFound when it cannot be read, kInvalid when it is not JSON.
Result<nlohmann::json> load_json(const std::string& path);

// One value of a file and the way to it. The first thing that is wrong is kept in the `error` given to the
// root and all its members; what is wrong reads as empty or 0. Confined to one thread.
class JsonReader {
 public:
  // Both references must outlive the reader. `where` is what errors begin with.
  JsonReader(const nlohmann::json& value, std::string where, std::optional<Error>& error)
      : value_(&value), where_(std::move(where)), error_(&error) {}

  const nlohmann::json& value() const { return *value_; }
  bool has(const char* key) const { return value_->is_object() && value_->contains(key); }

  JsonReader at(const char* key) const;   // a member that must be there
  std::vector<JsonReader> items() const;  // of an array

  std::string text() const;
  double number() const;
  int integer(int min = std::numeric_limits<int>::min(), int max = std::numeric_limits<int>::max()) const;

  // Notes an error at this place, unless there is one already.
  void expected(std::string_view what) const;

 private:
  const nlohmann::json* value_;
  std::string where_;
  std::optional<Error>* error_;
};

}  // namespace stream::sim
