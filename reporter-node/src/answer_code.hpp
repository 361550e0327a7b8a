// What a receiver says in its answer: the code in its JSON, when it wants to be asked again.
#pragma once

#include <chrono>
#include <cstdint>
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

// What a Retry-After header asks for: seconds, or an HTTP date (RFC 9110) as seen by `date_header`, the
// answer's own Date, and without one by our clock, `now_unix`. At most five minutes; 0 when it is neither or
// has passed.
std::chrono::milliseconds read_retry_after(const std::string& retry_after, const std::string& date_header,
                                           std::int64_t now_unix);

// The start of an answer on one line, for logs and people: at most about 200 bytes of valid UTF-8.
std::string excerpt(std::string_view body);

}  // namespace stream::reporter
