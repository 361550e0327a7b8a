// A frame body without its pictures: what is left of 400 KB of JSON is a few KB, and only that needs a JSON
// parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stream::ingest {

// Cuts the text of every "mSpData" string out of a body and leaves "#0", "#1", ... in its place ('#' is no
// base64). Only strings of plain ASCII without escapes are cut, anything else stays as it is: therefore the
// skeleton is valid JSON exactly when the body is, and says the same but for the cut texts. Keep one and use
// it again: its memory stays. Confined to one thread.
class Skeleton {
 public:
  // Views into `body` stay with the skeleton until the next call.
  void take(std::string_view body);

  // Has spare capacity behind its end for parsers that read a little further (kPadding bytes).
  const std::string& json() const { return json_; }
  // What the body had where the skeleton has `text` as the value of an "mSpData".
  std::string_view picture(std::string_view text) const;

  static constexpr std::size_t kPadding = 64;

 private:
  std::string json_;
  std::vector<std::string_view> cut_;
};

// Position of the first byte that is not plain text inside a JSON string: a quote, a backslash, a control
// character or anything beyond ASCII; text.size() when there is none. Fast.
std::size_t plain_text_length(std::string_view text);

}  // namespace stream::ingest
