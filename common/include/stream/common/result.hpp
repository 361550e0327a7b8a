// Errors as values.
//
// Result<T> is what a function returns when its caller can act on the failure: bad input, an unreachable
// peer, a full disk. Context is added while the error travels up, so that the final text reads like a path:
// `algorithms/helmet/algorithm.json: /type: found "one", expected an integer`.
//
// Routine outcomes (nothing arrived, queue full) are enums or variants, not errors. Broken invariants abort,
// see assert.hpp. Third-party exceptions end in the function that wraps the library call.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace stream {

enum class ErrorCode {
  kInvalid,      // the input is wrong; the same input will fail again
  kNotFound,     // what was named does not exist
  kConflict,     // the state forbids it now: exists already, taken, changed meanwhile
  kUnavailable,  // a peer or resource cannot be reached or is full; trying again may help
  kInternal,     // anything else
};

// Text is for people and holds no secret: mask camera addresses with mask_secrets() before they get in here.
struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  // The same error with `what` and a colon put in front of the text.
  Error within(std::string_view what) && { return {code, fmt::format("{}: {}", what, message)}; }
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// Shorthand: return fail(ErrorCode::kInvalid, "found {}, expected {}", a, b);
template <class... Args>
tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

}  // namespace stream
