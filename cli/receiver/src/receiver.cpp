#include "stream/receiver/receiver.hpp"

#include <mutex>

#include "save.hpp"
#include "stream/common/log.hpp"
#include "stream/http/server.hpp"
#include "upload.hpp"

namespace stream::receiver {
namespace {

constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20;
constexpr std::size_t kThreads = 2;
constexpr std::size_t kWaiting = 64;

const char* const kOk = R"({"code":0,"msg":"ok"})";
const char* const kParameterError = R"({"code":-1,"msg":"参数错误"})";
const char* const kPictureError = R"({"code":-1,"msg":"picture save error"})";

http::Response json_answer(const char* body) {
  http::Response response;
  response.body = body;
  response.content_type = "application/json; charset=utf-8";
  return response;
}

// What the real one shows to whoever asks for another path.
http::Response elsewhere(const http::Request& request) {
  http::Response response;
  response.content_type = "text/html";
  if (request.path == "/") {
    response.body = "<!DOCTYPE html><title>application-web</title>";
  } else {
    response.status = 301;
    response.headers["Location"] = "/";
  }
  return response;
}

}  // namespace

struct Receiver::Impl {
  explicit Impl(ReceiverOptions options_in)
      : options(std::move(options_in)), router(kThreads, kWaiting, kMaxBodyBytes) {
    router.add("POST", "/api/upload", [this](const http::Request& request) { return upload(request); });
    for (const char* method : {"GET", "POST"}) router.add(method, "/", elsewhere);
  }

  http::Response upload(const http::Request& request) {
    const auto alarms = read_upload(request.body);
    if (!alarms) return json_answer(kParameterError);
    for (const auto& json : *alarms) {
      auto alarm = read_alarm(json);
      if (!alarm) {
        return json_answer(alarm.error() == Rejection::kParameter ? kParameterError : kPictureError);
      }
      if (const auto stored = store(*alarm); !stored) {
        log::error("alarm_not_saved", {{"task", alarm->task_id}, {"why", stored.error().message}});
        return json_answer(kPictureError);
      }
    }
    return json_answer(kOk);
  }

  Status store(ReceivedAlarm& alarm) {
    const std::lock_guard lock(mutex);
    alarm.number = last_number + 1;
    if (!options.save_dir.empty()) {
      if (auto saved = save_alarm(options.save_dir, alarm); !saved) return saved;
    }
    last_number = alarm.number;
    if (options.on_alarm) options.on_alarm(alarm);
    return {};
  }

  const ReceiverOptions options;
  std::mutex mutex;  // guards last_number and keeps alarms in order
  std::uint64_t last_number = 0;
  Metrics metrics;
  http::Router router;
  std::unique_ptr<http::Server> server;  // last: stops before the router goes
};

Receiver::Receiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Receiver::~Receiver() = default;

Result<std::unique_ptr<Receiver>> Receiver::start(ReceiverOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (!impl->options.save_dir.empty()) {
    const auto highest = prepare_save_dir(impl->options.save_dir);
    if (!highest) return tl::unexpected(highest.error());
    impl->last_number = *highest;
  }
  http::ServerOptions server_options;
  server_options.listen = impl->options.listen;
  auto server = http::Server::start(server_options, impl->router, impl->metrics, "receiver");
  if (!server) return tl::unexpected(server.error());
  impl->server = std::move(*server);
  return std::unique_ptr<Receiver>(new Receiver(std::move(impl)));
}

std::uint16_t Receiver::port() const {
  return impl_->server->port();
}

std::string Receiver::url() const {
  return fmt::format("http://{}/api/upload", impl_->server->address());
}

}  // namespace stream::receiver
