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

// Requests under /api/v1: the object they are answered with, or the array when `expected` says so. Errors:
// kUnavailable when the node cannot be reached or does not answer within 15 s; what the node says when it
// refuses, as kInvalid, kNotFound, kConflict or kUnavailable by its status; kInternal for an answer that no
// api-node gives.
Result<nlohmann::json> get(const ApiOptions& options, const std::string& path,
                           nlohmann::json::value_t expected = nlohmann::json::value_t::object);
Result<nlohmann::json> post(const ApiOptions& options, const std::string& path, const std::string& body);
Result<nlohmann::json> put(const ApiOptions& options, const std::string& path, const std::string& body);
Result<nlohmann::json> erase(const ApiOptions& options, const std::string& path);

// What they make of an answer. Pure.
Result<nlohmann::json> read_json_answer(int status, const std::string& body,
                                        nlohmann::json::value_t expected = nlohmann::json::value_t::object);

// The tasks of GET /api/v1/tasks, an array of objects.
Result<nlohmann::json> get_tasks(const ApiOptions& options);

// The path of a task.
std::string task_path(const std::string& task_id);

}  // namespace stream::cli
