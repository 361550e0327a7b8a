#include "frame_edge.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "stream/common/base64.hpp"
#include "stream/common/clock.hpp"
#include "stream/common/fail_point.hpp"
#include "stream/common/log.hpp"
#include "stream/common/secrets.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::ingest {
namespace {

constexpr std::string_view kInPrefix = "/frames/in/";
constexpr std::string_view kOutPrefix = "/frames/";
// Longer names of errors are not worth keeping.
constexpr std::size_t kReportBytes = 200;
// One answer with frames that somebody missed.
constexpr ReplayLimits kMostReplayed{256, 1024 * 1024};

// At most kReportBytes of it, and no half character.
std::string shortened(std::string text) {
  if (text.size() <= kReportBytes) return text;
  std::size_t end = kReportBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

// Text from outside may hold anything.
http::Response failure(unsigned status, std::string_view reason) {
  http::Response response;
  response.status = status;
  response.body =
      nlohmann::json{{"error", reason}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

}  // namespace

FrameEdge::FrameEdge(FrameEdgeOptions options, const RouteTable& routes, bus::Publisher& publisher,
                     BodyTap& tap, Metrics& metrics)
    : options_(std::move(options)),
      routes_(routes),
      publisher_(publisher),
      tap_(tap),
      metrics_(metrics),
      pool_(BodyPool::make(options_.ring_bytes)),
      ring_(options_.ring_age),
      cameras_(options_.camera_keys),
      frames_(metrics.counter("stream_ingest_frames_total", "Frames taken")),
      frame_bytes_(metrics.counter("stream_ingest_frame_bytes_total", "Bytes of frames taken")),
      reports_success_(metrics.counter("stream_ingest_status_reports_total",
                                       "Status reports of stream processes", {{"kind", "success"}})),
      reports_error_(metrics.counter("stream_ingest_status_reports_total",
                                     "Status reports of stream processes", {{"kind", "error"}})),
      replayed_(metrics.counter("stream_ingest_frames_replayed_total",
                                "Frames whose metadata was fetched by somebody who missed it")),
      ring_frames_(metrics.gauge("stream_ingest_ring_frames", "Whole frames in memory")),
      ring_bytes_(metrics.gauge("stream_ingest_ring_bytes", "Memory of whole frames")) {}

// ---- the header

http::HeadDecision FrameEdge::on_head(const http::RequestHead& head) {
  const bool is_frame = cameras_.empty() ? head.path.starts_with(kInPrefix) : head.method == "POST";
  if (is_frame) {
    if (head.method != "POST") return refuse(405, "method", "expected POST");
    const std::string_view path_key =
        cameras_.empty() ? head.path.substr(kInPrefix.size()) : std::string_view(cameras_.first());
    auto channel = routes_.find(path_key);
    auto sharers = channel == nullptr ? routes_.find_shared(path_key) : nullptr;
    if (sharers != nullptr) channel = sharers->begin()->second;
    if (channel == nullptr) return refuse(404, "unknown_key", "no task takes frames here");
    if (!head.content_length) return refuse(411, "no_length", "Content-Length is missing");
    if (*head.content_length > options_.max_body_bytes) {
      return refuse(413, "too_large",
                    fmt::format("the body is over max_body_mib ({} bytes)", options_.max_body_bytes));
    }
    auto body = take_memory(static_cast<std::size_t>(*head.content_length));
    if (body == nullptr) {
      if (sharers == nullptr) {
        channel->count_refused();
      } else {
        for (const auto& [id, sharer] : *sharers) sharer->count_refused();
      }
      return refuse(503, "no_memory", "ring_mib is too small for the frames that come at once");
    }
    const auto memory = body->memory();
    auto incoming =
        std::make_shared<Incoming>(Incoming{std::move(channel), std::move(sharers), std::move(body)});
    return http::BodyBuffer{std::move(incoming), memory};
  }
  if (!head.path.starts_with(kOutPrefix)) return failure(404, "no such path");
  if (head.method != "GET") return failure(405, "expected GET");
  return std::size_t{0};
}

http::HeadDecision FrameEdge::refuse(unsigned status, const char* label, std::string_view reason) {
  rejected(label).add();
  return failure(status, reason);
}

std::shared_ptr<Body> FrameEdge::take_memory(std::size_t size) {
  auto body = pool_->take(size);
  while (body == nullptr && ring_.drop_oldest()) body = pool_->take(size);
  return body;
}

// ---- frames in

void FrameEdge::on_request(http::Request request, http::Respond respond) {
  if (request.method != "POST") return respond(fetch(request));
  auto& incoming = *std::static_pointer_cast<Incoming>(request.owner);
  respond(take(incoming, request.remote));
}

http::Response FrameEdge::take(Incoming& incoming, std::string_view remote) {
  auto outcome = parser_.parse(incoming.body->text());
  if (auto* meta = std::get_if<FrameMeta>(&outcome)) {
    if (!cameras_.empty() && !assign_to_camera(meta->channel, incoming)) {
      return reject("too_many_cameras",
                    fmt::format("mFrame.mChannelId: found {}, expected one of the first {} that came",
                                meta->channel, cameras_.size()),
                    incoming, remote);
    }
    if (incoming.sharers != nullptr && !assign_to_sharer(meta->channel, incoming)) {
      return reject("unknown_channel",
                    fmt::format("mFrame.mChannelId: found {}, which no task has", meta->channel), incoming,
                    remote);
    }
    take_frame(std::move(*meta), incoming);
  } else if (const auto* report = std::get_if<StatusReport>(&outcome)) {
    take_report(*report, incoming);
  } else {
    const auto& defect = std::get<ParseFailure>(outcome);
    return reject(name_of(defect.defect), defect.message, incoming, remote);
  }
  return {200, "{}", "application/json", {}};
}

http::Response FrameEdge::reject(std::string_view reason, std::string_view message, const Incoming& incoming,
                                 std::string_view remote) {
  rejected(reason).add();
  if (const auto held_back = reject_log_.admit(std::chrono::steady_clock::now())) {
    log::warn("frame_rejected", {{"task", incoming.channel->task_id()},
                                 {"remote", remote},
                                 {"reason", message},
                                 {"not_logged", *held_back}});
  }
  return failure(400, message);
}

bool FrameEdge::assign_to_camera(std::int32_t camera, Incoming& incoming) {
  const std::string* key = cameras_.of(camera);
  auto channel = key == nullptr ? nullptr : routes_.find(*key);
  if (channel == nullptr) return false;
  incoming.channel = std::move(channel);
  return true;
}

bool FrameEdge::assign_to_sharer(std::int32_t camera, Incoming& incoming) {
  const auto found = incoming.sharers->find(camera);
  if (found == incoming.sharers->end()) return false;
  incoming.channel = found->second;
  return true;
}

void FrameEdge::take_frame(FrameMeta meta, Incoming& incoming) {
  frames_.add();
  frame_bytes_.add(static_cast<double>(incoming.body->text().size()));
  meta.task_id = incoming.channel->task_id();
  meta.algorithm = incoming.channel->algorithm();
  meta.received_us = unix_us();
  // In the ring first: whoever hears of the frame can fetch it.
  const auto sequence = ring_.add(incoming.body, FrameRing::Clock::now());
  ring_frames_.set(static_cast<double>(ring_.frames()));
  ring_bytes_.set(static_cast<double>(ring_.bytes()));
  meta.ref = {address_, options_.boot, sequence};
  fail_point("ingest.before_publish");
  incoming.channel->publish(std::move(meta));
  fail_point("ingest.after_publish");
  tap_.publish(incoming.channel->body_topic(), incoming.body);
}

// It names no camera: so it is all of theirs.
void FrameEdge::take_report(const StatusReport& report, const Incoming& incoming) {
  if (incoming.sharers == nullptr) return take_report(report, *incoming.channel);
  for (const auto& [id, channel] : *incoming.sharers) take_report(report, *channel);
}

void FrameEdge::take_report(const StatusReport& report, const FrameChannel& channel) {
  if (report.error == "SUCCESS") return reports_success_.add();
  reports_error_.add();
  TaskEvent event;
  event.task_id = channel.task_id();
  event.algorithm = channel.algorithm();
  event.kind = "stream_error";
  event.text = shortened(mask_secrets(report.error));
  event.at_us = unix_us();
  // Lossy by nature: without a listener nobody wants to know.
  [[maybe_unused]] const auto sent = publisher_.publish(channel.event_topic(), encode(event));
}

Counter FrameEdge::rejected(std::string_view reason) {
  return metrics_.counter("stream_ingest_rejected_total", "Posts that were not taken",
                          {{"reason", std::string(reason)}});
}

// ---- frames out

http::Response FrameEdge::fetch(const http::Request& request) {
  const auto wanted = parse_frame_path(request.path, request.query);
  if (const auto* frame = std::get_if<WantedFrame>(&wanted)) return fetch_frame(*frame);
  if (const auto* replay = std::get_if<WantedReplay>(&wanted)) return fetch_replay(*replay);
  return fetched("malformed", failure(404,
                                      "expected /frames/<boot>/<sequence>[.jpg[?sub=<index>]] or "
                                      "/frames/<boot>/after/<task>/<algorithm>/<number>"));
}

http::Response FrameEdge::fetch_frame(const WantedFrame& wanted) {
  const auto body =
      wanted.boot == options_.boot ? ring_.find(wanted.sequence, FrameRing::Clock::now()) : nullptr;
  if (body == nullptr) return fetched("gone", failure(404, "the frame is gone"));
  if (!wanted.picture) return fetched("body", {200, std::string(body->text()), "application/json", {}});

  const auto text = parser_.picture(body->text(), wanted.sub_object);
  if (!text) return fetched("no_picture", failure(404, text.error().message));
  auto jpeg = base64_decode(*text);
  if (!jpeg) return fetched("bad_picture", failure(422, "mSpData: " + jpeg.error().message));
  return fetched("picture", {200, std::move(*jpeg), "image/jpeg", {}});
}

http::Response FrameEdge::fetch_replay(const WantedReplay& wanted) {
  // Before anything is said about tasks: the boot lets people read frames.
  if (wanted.boot != options_.boot) return fetched("gone", failure(404, "another boot: its frames are gone"));
  const auto channel = routes_.find_name(wanted.channel);
  if (channel == nullptr) return fetched("gone", failure(404, "no such task and algorithm"));
  FrameBatch batch;
  for (const auto& message : channel->after(wanted.number, kMostReplayed)) batch.frames.push_back(*message);
  replayed_.add(static_cast<double>(batch.frames.size()));
  return fetched("replay", {200, encode(batch), "application/msgpack", {}});
}

http::Response FrameEdge::fetched(const char* result, http::Response response) {
  metrics_.counter("stream_ingest_fetches_total", "Requests for frames and pictures", {{"result", result}})
      .add();
  return response;
}

}  // namespace stream::ingest
