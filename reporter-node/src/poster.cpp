#include "poster.hpp"

#include <httplib.h>

#include <algorithm>
#include <ctime>

#include "answer_code.hpp"

namespace stream::reporter {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunkBytes = std::size_t{256} * 1024;
constexpr std::string_view kConnecting = "connection";
constexpr std::size_t kMostAddresses = 3;

std::unique_ptr<httplib::ClientImpl> make_client(const ReportUrl& url, const std::string& address,
                                                 const PosterOptions& options) {
  std::unique_ptr<httplib::ClientImpl> client;
  if (url.tls) {
    client = std::make_unique<httplib::SSLClient>(url.host, url.port);
    client->enable_server_certificate_verification(true);
    if (!options.ca_file.empty()) client->set_ca_cert_path(options.ca_file);
  } else {
    client = std::make_unique<httplib::ClientImpl>(url.host, url.port);
  }
  client->set_hostname_addr_map({{url.host, address}});
  client->set_follow_location(false);
  client->set_keep_alive(false);
  client->set_url_encode(false);
  client->set_decompress(false);
  client->set_tcp_nodelay(true);
  client->set_connection_timeout(options.connect_timeout);
  // Backstops only: SocketDeadlines ends a phase as a whole, and before these can.
  client->set_write_timeout(2 * options.send_timeout);
  client->set_read_timeout(2 * options.answer_timeout);
  return client;
}

Answer::Failure failure_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::BindIPAddress:
      return Answer::Failure::kConnect;
    case httplib::Error::ConnectionTimeout:
      return Answer::Failure::kTimeout;
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
      return Answer::Failure::kTls;
    default:
      return Answer::Failure::kReset;
  }
}

const char* text_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "no connection: refused, unreachable or name unknown";
    case httplib::Error::ConnectionTimeout:
      return "no connection in time";
    case httplib::Error::SSLConnection:
      return "no agreement on TLS";
    case httplib::Error::SSLLoadingCerts:
      return "the trusted certificates cannot be read";
    case httplib::Error::SSLServerVerification:
      return "the certificate is not trusted or not for this host";
    case httplib::Error::Write:
      return "connection lost while sending";
    default:
      return "connection lost before the answer was complete";
  }
}

}  // namespace

Result<std::unique_ptr<Poster>> Poster::create(PosterOptions options) {
  if (!options.ca_file.empty()) {
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
    if (!store || X509_STORE_load_file(store.get(), options.ca_file.c_str()) != 1) {
      return fail(ErrorCode::kInvalid, "{}: found no certificates, expected a PEM file", options.ca_file);
    }
  }
  return std::unique_ptr<Poster>(new Poster(std::move(options)));
}

Answer Poster::post(const ReportUrl& url, const Headers& headers, std::string_view body) {
  const auto start = Clock::now();
  Answer answer;
  answer.begun = false;
  answer.failure = Answer::Failure::kConnect;
  auto addresses = resolver_.resolve(url.host, options_.connect_timeout);
  if (!addresses) {
    if (addresses.error().code == ErrorCode::kUnavailable) answer.failure = Answer::Failure::kTimeout;
    answer.detail = std::move(addresses.error().message);
  } else {
    addresses->resize(std::min(addresses->size(), kMostAddresses));
    for (const std::string& address : *addresses) {
      answer = post_to(address, url, headers, body);
      if (answer.begun || answer.failure == Answer::Failure::kCancelled) break;
    }
  }
  answer.took = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
  return answer;
}

Answer Poster::post_to(const std::string& address, const ReportUrl& url, const Headers& headers,
                       std::string_view body) {
  Answer answer;
  SocketDeadlines::Watch watch(deadlines_);
  std::string_view phase = kConnecting;

  httplib::Request request;
  request.method = "POST";
  request.path = url.target;
  request.headers = {{"Host", url.host_header()},
                     {"Content-Type", "application/json"},
                     {"Accept-Encoding", "identity"},
                     {"User-Agent", "stream-server/" STREAM_VERSION}};
  if (!url.authorization.empty()) request.headers.emplace("Authorization", url.authorization);
  for (const auto& [name, value] : headers) request.headers.emplace(name, value);

  // As a provider, because the library copies Request::body, and to see the phases go by.
  request.content_length_ = body.size();
  request.content_provider_ = [&](std::size_t offset, std::size_t, httplib::DataSink& sink) {
    if (offset == 0) {
      phase = "send";
      watch.move(options_.send_timeout);
    }
    const auto chunk = body.substr(offset, kChunkBytes);
    if (!sink.write(chunk.data(), chunk.size())) return true;  // the library sees the failed write itself
    if (offset + chunk.size() == body.size()) {
      phase = "answer";
      watch.move(options_.answer_timeout);
    }
    return true;
  };
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    const auto room = options_.answer_bytes - answer.body.size();
    answer.body.append(data, std::min(size, room));
    answer.cut = size > room;
    return !answer.cut;
  };

  httplib::Response response;
  auto error = httplib::Error::Success;
  bool whole = false;
  try {
    const auto client = make_client(url, address, options_);
    client->set_socket_options([&](int socket) { watch.follow(socket, options_.connect_timeout); });
    whole = client->send(request, response, error);
  } catch (const std::exception& exception) {
    error = httplib::Error::Unknown;
    answer.detail = exception.what();
  }

  answer.begun = phase != kConnecting;
  answer.status = std::max(response.status, 0);
  answer.retry_after = read_retry_after(response.get_header_value("Retry-After"),
                                        response.get_header_value("Date"), std::time(nullptr));
  if (answer.cut) return answer;
  // Before `whole`: without a Content-Length a connection that we ended looks like the end of the answer.
  if (watch.expired()) {
    answer.failure = watch.cancelled() ? Answer::Failure::kCancelled : Answer::Failure::kTimeout;
    answer.detail = watch.cancelled() ? "given up because the node stops"
                                      : fmt::format("no end of the {} within its time-out", phase);
  } else if (!whole) {
    answer.failure = failure_of(error);
    if (answer.detail.empty()) answer.detail = text_of(error);
  }
  return answer;
}

}  // namespace stream::reporter
