#include "rest_client.hpp"

#include <httplib.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "stream/http/uri.hpp"

namespace stream::cli {
namespace {

std::string text_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "cannot connect";
    case httplib::Error::Read:
      return "no answer";
    case httplib::Error::SSLConnection:
      return "speaks no TLS";
    case httplib::Error::SSLLoadingCerts:
      return "the file of trusted certificates (--ca) cannot be read";
    case httplib::Error::SSLServerVerification:
      return "its certificate is not trusted for this address (--ca FILE says which are)";
    default:
      return httplib::to_string(error);
  }
}

}  // namespace

void ApiOptions::add_to(CLI::App& command) {
  command.add_option("--api", url, "address of the api-node")
      ->type_name("URL")
      ->envname("STREAM_API")
      ->capture_default_str();
  command
      .add_option("--ca", ca_file,
                  "PEM file of the certificates that are trusted for https, instead of the system's")
      ->type_name("FILE")
      ->envname("STREAM_CA");
  command.add_option("--token-file", token_file, "file of the token that the api-node wants to see")
      ->type_name("FILE")
      ->envname("STREAM_TOKEN_FILE");
}

Result<nlohmann::json> read_json_answer(int status, const std::string& body,
                                        nlohmann::json::value_t expected) {
  constexpr int kOk = 2, kKinds = 100, kConflict = 409, kNotFound = 404, kFirstOfServer = 500,
                kUnavailable = 503;
  auto value = nlohmann::json::parse(body, nullptr, false);
  if (status / kKinds == kOk && value.type() == expected) return value;
  const auto detail = value.is_object() ? value.find("detail") : value.end();
  if (status / kKinds == kOk || detail == value.end() || !detail->is_string()) {
    return fail(ErrorCode::kInternal, "found HTTP status {} and {} bytes, expected 200 and an {}", status,
                body.size(), nlohmann::json(expected).type_name());
  }
  auto code = status < kFirstOfServer ? ErrorCode::kInvalid : ErrorCode::kInternal;
  if (status == kNotFound) code = ErrorCode::kNotFound;
  if (status == kConflict) code = ErrorCode::kConflict;
  if (status == kUnavailable) code = ErrorCode::kUnavailable;
  return fail(code, "{}", detail->get_ref<const std::string&>());
}

Result<nlohmann::json> get_tasks(const ApiOptions& options) {
  const std::string path = "/api/v1/tasks";
  return get(options, path).and_then([&](nlohmann::json answer) -> Result<nlohmann::json> {
    nlohmann::json& tasks = answer["tasks"];
    const bool known = tasks.is_array() && std::all_of(tasks.begin(), tasks.end(),
                                                       [](const auto& task) { return task.is_object(); });
    if (known) return std::move(tasks);
    return fail(ErrorCode::kInternal, "{}{}: found another answer than this version of streamctl knows",
                options.url, path);
  });
}

std::string task_path(const std::string& task_id) {
  return "/api/v1/tasks/" + http::percent_encoded(task_id);
}

namespace {

constexpr auto kObject = nlohmann::json::value_t::object;

Result<std::string> read_token(const std::string& file) {
  std::ifstream in(file);
  std::string token;
  if (!(in >> token))
    return fail(ErrorCode::kNotFound, "--token-file: {}: found no token that can be read", file);
  return token;
}

template <class Request>
Result<nlohmann::json> ask(const ApiOptions& options, const std::string& path,
                           nlohmann::json::value_t expected, Request request) try {
  httplib::Client client(options.url);
  if (!client.is_valid()) {
    return fail(ErrorCode::kInvalid, "--api: found {}, expected http://host:port or https://host:port",
                options.url);
  }
  if (!options.ca_file.empty()) client.set_ca_cert_path(options.ca_file);
  if (!options.token_file.empty()) {
    const auto token = read_token(options.token_file);
    if (!token) return tl::unexpected(token.error());
    client.set_bearer_token_auth(*token);
  }
  client.set_connection_timeout(3);
  client.set_read_timeout(15);
  client.set_write_timeout(15);
  const auto answer = request(client);
  if (!answer) {
    return fail(ErrorCode::kUnavailable, "{}{}: {}; does stream-server run there? (--api URL says where)",
                options.url, path, text_of(answer.error()));
  }
  return read_json_answer(answer->status, answer->body, expected).map_error([&](Error error) {
    return error.code == ErrorCode::kInternal ? std::move(error).within(options.url + path) : error;
  });
} catch (const std::exception& error) {  // httplib throws for addresses it cannot take apart
  return fail(ErrorCode::kInvalid, "--api: {}: {}", options.url, error.what());
}

}  // namespace

Result<nlohmann::json> get(const ApiOptions& options, const std::string& path,
                           nlohmann::json::value_t expected) {
  return ask(options, path, expected, [&](httplib::Client& client) { return client.Get(path); });
}

Result<nlohmann::json> post(const ApiOptions& options, const std::string& path, const std::string& body) {
  return ask(options, path, kObject,
             [&](httplib::Client& client) { return client.Post(path, body, "application/json"); });
}

Result<nlohmann::json> put(const ApiOptions& options, const std::string& path, const std::string& body) {
  return ask(options, path, kObject,
             [&](httplib::Client& client) { return client.Put(path, body, "application/json"); });
}

Result<nlohmann::json> erase(const ApiOptions& options, const std::string& path) {
  return ask(options, path, kObject, [&](httplib::Client& client) { return client.Delete(path); });
}

}  // namespace stream::cli
