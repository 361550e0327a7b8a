#include "channel_control.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "stream/common/secrets.hpp"
#include "stream/http/get.hpp"

namespace stream::api {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostAnswerBytes = 64U << 10U;

// The answer is {"Code": 0, ...} whatever becomes of the request, unless it cannot be read. Another status
// comes of a process that is not up yet, or does not do what it should: like one that does not listen.
Told judge(const http::Answer& answer) {
  const json body = json::parse(answer.body, nullptr, false);
  if (answer.status == 200 && body.is_object() && body.value("Code", json()) == 0) return {};
  const json message = body.is_object() ? body.value("Msg", json()) : json();
  return {answer.status == 200 ? TellResult::kRefused : TellResult::kNotReached,
          mask_secrets(fmt::format("found HTTP status {} {}, expected 200 with Code 0", answer.status,
                                   message.is_string() ? message.get<std::string>() : std::string()))};
}

Told tell(std::uint16_t port, const char* action, const json& body, Clock::time_point deadline) {
  const auto answer =
      http::post_json(fmt::format("127.0.0.1:{}", port), fmt::format("/stream/{}", action),
                      body.dump(-1, ' ', false, json::error_handler_t::replace), deadline, kMostAnswerBytes);
  if (answer) return judge(*answer);
  return {answer.error().code == ErrorCode::kNotFound ? TellResult::kNotReached : TellResult::kUnknown,
          answer.error().message};
}

}  // namespace

Told tell_to_add(std::uint16_t port, const manifest::ChannelConfig& channel, Clock::time_point deadline) {
  return tell(port, "addChannel", manifest::add_channel_body(channel), deadline);
}

Told tell_to_drop(std::uint16_t port, const manifest::ChannelConfig& channel, Clock::time_point deadline) {
  return tell(port, "stopChannel", manifest::stop_channel_body(channel), deadline);
}

std::future<Told> ChannelControl::add(std::uint16_t port, const manifest::ChannelConfig& channel) {
  return post(tell_to_add, port, channel);
}

std::future<Told> ChannelControl::drop(std::uint16_t port, const manifest::ChannelConfig& channel) {
  return post(tell_to_drop, port, channel);
}

std::future<Told> ChannelControl::post(Tell tell, std::uint16_t port,
                                       const manifest::ChannelConfig& channel) {
  auto promise = std::make_shared<std::promise<Told>>();
  auto answer = promise->get_future();
  errands_.post([this, life = life_.load(), promise = std::move(promise), tell, port, channel] {
    if (life == life_) promise->set_value(tell(port, channel, Clock::now() + kDeadline));
  });
  return answer;
}

}  // namespace stream::api
