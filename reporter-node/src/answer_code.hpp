// What a receiver says in the JSON of its answer.
#pragma once

#include <string>
#include <string_view>

namespace stream::reporter {

struct AnswerCode {
  bool refused =
      false;            // there is a `code` or `Code` that is a number other than 0, or such a number as text
  std::string message;  // `msg` or `Msg` when it is text
};

// Looks at the members of the outermost object, as far as the text is JSON: an answer that was cut off still
// shows the code it began with. Anything else says nothing. Any bytes will do.
AnswerCode read_answer_code(std::string_view body);

// The start of an answer on one line, for logs and people: at most about 200 bytes of valid UTF-8.
std::string excerpt(std::string_view body);

}  // namespace stream::reporter
