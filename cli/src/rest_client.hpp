// The REST face of an api-node, as a client.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "stream/common/result.hpp"

namespace stream::cli {

struct ApiOptions {
  std::string url = "http://127.0.0.1:8001";
  std::string ca_file;     // whose certificates are trusted for https; empty: the system's
  std::string token_file;  // of the token for /api/v1; empty: none is sent

  void add_to(CLI::App& command);
};

// What every /task/* request is answered with.
struct ApiAnswer {
  std::int64_t code = 0;  // 0: done
  std::string message;    // "Msg"
  nlohmann::json result;  // "Result", null when there is none
};

// POSTs `body` to `path`. kUnavailable when the node cannot be reached or does not answer within 15 s;
// kInternal for an answer that is not the contract's.
Result<ApiAnswer> post(const ApiOptions& options, const std::string& path, const std::string& body);

// The same, from the text of an answer. Pure.
Result<ApiAnswer> read_answer(int status, const std::string& body);

// PUTs `body` to `path`, or GETs it; the JSON it is answered with. For paths below /api/v1. Errors as those
// of post(), or what the node says when it refuses: kInvalid, kNotFound or kUnavailable, by its status. What
// a PUT is answered with is an object.
Result<nlohmann::json> put(const ApiOptions& options, const std::string& path, const std::string& body);
Result<nlohmann::json> get(const ApiOptions& options, const std::string& path);

// What put() and get() make of an answer. Pure.
Result<nlohmann::json> read_json_answer(int status, const std::string& body);

}  // namespace stream::cli
