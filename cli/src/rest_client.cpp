#include "rest_client.hpp"

#include <httplib.h>

#include <fstream>

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

Result<ApiAnswer> read_answer(int status, const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  const auto code = json.is_object() ? json.find("Code") : json.end();
  if (status != 200 || !json.is_object() || code == json.end() || !code->is_number_integer()) {
    return fail(ErrorCode::kInternal,
                "found HTTP status {} and {} bytes, expected 200 and an object with Code and Msg", status,
                body.size());
  }
  const auto message = json.find("Msg");
  const auto result = json.find("Result");
  return ApiAnswer{
      code->get<std::int64_t>(),
      message != json.end() && message->is_string() ? message->get<std::string>() : std::string(),
      result != json.end() ? *result : nlohmann::json()};
}

Result<nlohmann::json> read_json_answer(int status, const std::string& body) {
  constexpr int kOk = 200, kBadRequest = 400, kNotFound = 404, kUnavailable = 503;
  auto value = nlohmann::json::parse(body, nullptr, false);
  if (status == kOk && !value.is_discarded()) return value;
  const auto why = value.is_object() ? value.find("detail") : value.end();
  if (status == kOk || why == value.end() || !why->is_string()) {
    return fail(ErrorCode::kInternal, "found HTTP status {} and {} bytes, expected 200 and JSON", status,
                body.size());
  }
  auto code = ErrorCode::kInternal;
  if (status == kBadRequest) code = ErrorCode::kInvalid;
  if (status == kNotFound) code = ErrorCode::kNotFound;
  if (status == kUnavailable) code = ErrorCode::kUnavailable;
  return fail(code, "{}", why->get_ref<const std::string&>());
}

namespace {

Result<std::string> read_token(const std::string& file) {
  std::ifstream in(file);
  std::string token;
  if (!(in >> token))
    return fail(ErrorCode::kNotFound, "--token-file: {}: found no token that can be read", file);
  return token;
}

// What `request` is answered with.
template <class Request>
Result<httplib::Response> ask(const ApiOptions& options, const std::string& path, Request request) try {
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
  return *answer;
} catch (const std::exception& error) {  // httplib throws for addresses it cannot take apart
  return fail(ErrorCode::kInvalid, "--api: {}: {}", options.url, error.what());
}

Result<nlohmann::json> json_of(const httplib::Response& answer, const ApiOptions& options,
                               const std::string& path) {
  return read_json_answer(answer.status, answer.body).map_error([&](Error error) {
    return std::move(error).within(options.url + path);
  });
}

}  // namespace

Result<ApiAnswer> post(const ApiOptions& options, const std::string& path, const std::string& body) {
  const auto answer = ask(
      options, path, [&](httplib::Client& client) { return client.Post(path, body, "application/json"); });
  if (!answer) return tl::unexpected(answer.error());
  return read_answer(answer->status, answer->body).map_error([&](Error error) {
    return std::move(error).within(options.url + path);
  });
}

Result<nlohmann::json> put(const ApiOptions& options, const std::string& path, const std::string& body) {
  const auto answer =
      ask(options, path, [&](httplib::Client& client) { return client.Put(path, body, "application/json"); });
  if (!answer) return tl::unexpected(answer.error());
  auto value = json_of(*answer, options, path);
  if (value && !value->is_object()) {
    return fail(ErrorCode::kInternal, "{}{}: found {}, expected an object", options.url, path,
                value->type_name());
  }
  return value;
}

Result<nlohmann::json> get(const ApiOptions& options, const std::string& path) {
  const auto answer = ask(options, path, [&](httplib::Client& client) { return client.Get(path); });
  if (!answer) return tl::unexpected(answer.error());
  return json_of(*answer, options, path);
}

}  // namespace stream::cli
