#include "control_server.hpp"

#include <httplib.h>

#include <thread>

#include "stream/common/eventually.hpp"

namespace stream::sim {

namespace {

using nlohmann::json;

std::string answer(const Status& done) {
  return json{{"code", done ? 0 : -1}, {"msg", done ? "success" : done.error().message}}.dump(
      -1, ' ', false, json::error_handler_t::replace);
}

// Runs `act` on the body as JSON.
template <class Act>
Status with_body(const std::string& body, Act act) {
  const auto parsed = json::parse(body, nullptr, false);
  if (parsed.is_discarded()) return fail(ErrorCode::kInvalid, "not JSON");
  std::optional<Error> error;
  const JsonReader reader(parsed, "", error);
  auto run = act(reader);
  if (error) return tl::unexpected(*error);
  return run();
}

}  // namespace

struct ControlServer::Impl {
  Handlers handlers;
  httplib::Server server;
  std::thread thread;
};

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<ControlServer>> ControlServer::start(const HttpTarget& listen, Handlers handlers) {
  auto impl = std::make_unique<Impl>();
  impl->handlers = std::move(handlers);
  auto& server = impl->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(1); };  // httplib takes ownership
  server.Post("/stream/addChannel",
              [h = &impl->handlers](const httplib::Request& request, httplib::Response& response) {
                const auto done = with_body(request.body, [h](const JsonReader& body) {
                  return [h, channel = read_channel(body)] { return h->add(channel); };
                });
                response.set_content(answer(done), "application/json");
              });
  server.Post("/stream/stopChannel",
              [h = &impl->handlers](const httplib::Request& request, httplib::Response& response) {
                const auto done = with_body(request.body, [h](const JsonReader& body) {
                  return [h, id = body.at("channel_id").integer()] { return h->stop(id); };
                });
                response.set_content(answer(done), "application/json");
              });
  if (!server.bind_to_port(listen.ip.c_str(), listen.port)) {
    return fail(ErrorCode::kUnavailable, "{}:{}: cannot listen there", listen.ip, listen.port);
  }
  impl->thread = std::thread([&server] { server.listen_after_bind(); });
  // A stop() before it runs would be lost.
  eventually([&server] { return server.is_running(); });
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

ControlServer::~ControlServer() {
  impl_->server.stop();
  impl_->thread.join();
}

}  // namespace stream::sim
