#include "flow_book.hpp"

#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api {

using Clock = std::chrono::steady_clock;

void FlowBook::take(const FlowReport& report, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  for (const ChannelFlow& flow : report.channels) {
    flows_[{report.node, flow.task_id, flow.algorithm}] = {
        {report.boot, flow.taken, flow.refused, flow.waiting, flow.last_frame_us, flow.end_of_stream}, now};
  }
  FlowCount nothing;
  nothing.boot = report.boot;
  nodes_[report.node] = {nothing, now};
  forget_old(now);
}

// Tasks come and go; the book holds what is told every second, and not much more.
void FlowBook::forget_old(Clock::time_point now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kForgetAfter;
  std::erase_if(flows_, [now](const auto& entry) { return now - entry.second.at >= kForgetAfter; });
  std::erase_if(nodes_, [now](const auto& entry) { return now - entry.second.at >= kForgetAfter; });
}

std::optional<HeardFlow> FlowBook::find(const std::string& task_id, std::uint32_t algorithm,
                                        const std::string& ingest_node) const {
  const std::lock_guard lock(mutex_);
  const auto node = nodes_.find(ingest_node);
  if (node == nodes_.end()) return std::nullopt;
  const auto found = flows_.find({ingest_node, task_id, algorithm});
  const bool is_known = found != flows_.end() && found->second.count.boot == node->second.count.boot;
  return is_known ? found->second : node->second;
}

FlowListener::FlowListener(bus::Bus& bus, FlowBook& book, Metrics& metrics)
    : book_(book),
      received_(metrics.counter("stream_api_flow_reports_received_total",
                                "Messages of ingest-nodes about the frames of the tasks")),
      malformed_(metrics.counter("stream_api_flow_reports_malformed_total",
                                 "Messages of ingest-nodes that cannot be read")),
      thread_([this, &bus](const std::stop_token& stop) { work(stop, bus); }) {}

void FlowListener::work(const std::stop_token& stop, bus::Bus& bus) {
  constexpr auto kPatience = std::chrono::milliseconds(200);
  const auto subscriber = bus.make_subscriber({bus::Subscriber::Role::kObserver});
  subscriber->subscribe(topics::kFlowTopics);
  while (!stop.stop_requested()) {
    const bus::ReceiveOutcome outcome = subscriber->receive(kPatience);
    const auto* message = std::get_if<bus::Received>(&outcome);
    if (message == nullptr) continue;
    received_.add();
    const auto report = decode<FlowReport>(message->payload);
    if (report) {
      book_.take(*report, Clock::now());
    } else {
      malformed_.add();
    }
  }
}

}  // namespace stream::api
