// A route's path with names in it: /tasks/{id}/explain.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stream::http {

// Immutable.
class PathPattern {
 public:
  // A segment is text, or {name}, or {name} with text behind it ("{n}.jpg").
  explicit PathPattern(std::string text);

  const std::string& text() const { return text_; }

  // What stands in the places of the names, in order, still percent-encoded; each is one character or more
  // and holds no '/'. nullopt: another path.
  std::optional<std::vector<std::string_view>> match(std::string_view path) const;

 private:
  struct Segment {
    bool named = false;
    std::string text;  // all of it, or what follows the name
  };

  std::string text_;
  std::vector<Segment> segments_;
};

}  // namespace stream::http
