#include "control_server.hpp"

#include <httplib.h>

#include <algorithm>
#include <initializer_list>
#include <thread>

#include "stream/common/eventually.hpp"

namespace stream::sim {

namespace {

using nlohmann::json;

// What the handler makes of a body.
enum class Verdict {
  kTaken,
  kIncomplete,  // a member that must be there is not
  kBroken,      // not JSON, or a member of the wrong type: the real one throws
};

void answer(Verdict verdict, httplib::Response& response) {
  constexpr int kInvalidValue = 5008, kInternalError = 500;
  if (verdict == Verdict::kBroken) {
    response.status = kInternalError;
    return;
  }
  const bool taken = verdict == Verdict::kTaken;
  const json body = {{"Code", taken ? 0 : kInvalidValue},
                     {"Msg", taken ? "success" : "Invalid Request"},
                     {"Result", nullptr}};
  response.set_content(body.dump(), "application/json");
}

// Hands `take` the body when it is an object with all of `needed`; it fills in a request and returns what to
// do with it.
template <class Take>
Verdict with_body(const std::string& text, std::initializer_list<const char*> needed, Take take) {
  const json body = json::parse(text, nullptr, false);
  if (body.is_discarded()) return Verdict::kBroken;
  const auto missing = [&body](const char* key) { return !body.is_object() || !body.contains(key); };
  if (std::any_of(needed.begin(), needed.end(), missing)) return Verdict::kIncomplete;
  std::optional<Error> error;
  const auto act = take(JsonReader(body, "", error));
  if (error) return Verdict::kBroken;
  act();
  return Verdict::kTaken;
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
  server.set_pre_routing_handler([h = &impl->handlers](const httplib::Request&, httplib::Response& response) {
    constexpr int kNotFound = 404;
    if (!h->is_there || h->is_there()) return httplib::Server::HandlerResponse::Unhandled;
    response.status = kNotFound;
    return httplib::Server::HandlerResponse::Handled;
  });
  server.Post("/stream/addChannel",
              [h = &impl->handlers](const httplib::Request& request, httplib::Response& response) {
                const auto add = [h](const JsonReader& body) {
                  return [h, channel = read_added_channel(body)] { h->add(channel); };
                };
                answer(with_body(request.body, {"channel_id", "url", "source_type"}, add), response);
              });
  server.Post("/stream/stopChannel",
              [h = &impl->handlers](const httplib::Request& request, httplib::Response& response) {
                const auto stop = [h](const JsonReader& body) {
                  StopRequest wanted{body.at("channel_id").integer(), 0};
                  if (body.has("graph_id")) wanted.graph_id = body.at("graph_id").integer();
                  return [h, wanted] { h->stop(wanted); };
                };
                answer(with_body(request.body, {"channel_id"}, stop), response);
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
