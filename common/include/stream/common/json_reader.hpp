// JSON from outside, read strictly: every complaint says where, what was found and what was expected, as in
// `/Algorithm/0/Type: found "x", expected an integer`.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "stream/common/result.hpp"

namespace stream {

// Parses one whole JSON text. kInvalid for anything else: not JSON, invalid UTF-8, a number no double can
// hold, an object with the same key twice, more than 64 levels. Errors never quote the text, which may hold
// passwords.
Result<nlohmann::json> parse_json(std::string_view text);

// The same with the file's name in front of the error; kNotFound when it cannot be read.
Result<nlohmann::json> read_json_file(const std::string& path);

// One value at its place in a document. Readers of one document share a slot for the first error, so that
// reading goes on without checks and is judged once at the end:
//
//   std::optional<Error> error;
//   JsonReader root(document, error);
//   config.name = root["name"].string();
//   if (error) return tl::unexpected(*error);
//
// After an error getters return empty values. Refers to the document and the slot; confined to one thread.
class JsonReader {
 public:
  JsonReader(const nlohmann::json& document, std::optional<Error>& error)
      : value_(&document), error_(&error) {}
  // The same for a part of a document that has `path` in it.
  JsonReader(const nlohmann::json& part, std::string path, std::optional<Error>& error)
      : value_(&part), path_(std::move(path)), error_(&error) {}

  // A member of an object. A missing one is a reader whose getters complain and whose is_missing() is true.
  JsonReader operator[](std::string_view key) const;
  // An element of an array. REQUIRES: index < size().
  JsonReader operator[](std::size_t index) const;

  bool is_missing() const { return value_ == nullptr; }
  // Missing, or null.
  bool is_absent() const { return value_ == nullptr || value_->is_null(); }
  bool is_string() const { return value_ != nullptr && value_->is_string(); }
  // The value itself. REQUIRES: !is_missing().
  const nlohmann::json& raw() const { return *value_; }
  const std::string& path() const { return path_; }

  const std::string& string() const;
  bool boolean() const;
  std::int64_t integer(std::int64_t min, std::int64_t max) const;
  double number(double min, double max) const;
  // The elements of an array; complains about anything else.
  std::size_t size() const;
  // Complains unless it is an object.
  void expect_object() const;
  // A string that is one of `names`, as its index; complains about anything else.
  std::size_t choice(std::initializer_list<std::string_view> names) const;
  // Complains about the first member whose name is not among `names`.
  void expect_only(std::initializer_list<std::string_view> names) const;

  // Records an error at this place, unless there is one already. `hint` is the way out, if one is known.
  void complain(std::string_view found, std::string_view expected, std::string_view hint = {}) const;
  // The same, with what stands here as what was found.
  void complain(std::string_view expected) const;

 private:
  JsonReader(const nlohmann::json* value, std::string path, std::optional<Error>& error)
      : value_(value), path_(std::move(path)), error_(&error) {}

  const nlohmann::json* value_;
  std::string path_;
  std::optional<Error>* error_;
};

// "did you mean "x"?" for the name that `text` was probably meant to be; empty when none is near.
std::string likely_name(std::string_view text, std::initializer_list<std::string_view> names);

// A key as it stands in a JSON pointer.
std::string escape_pointer(std::string_view key);

// A value as it is shown in errors: short, passwords masked.
std::string describe_json(const nlohmann::json& value);

}  // namespace stream
