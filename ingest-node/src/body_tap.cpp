#include "body_tap.hpp"

namespace stream::ingest {
namespace {

// A publisher of its own: bodies that wait for a slow listener are never in the way of metadata.
bus::PublisherOptions options() {
  bus::PublisherOptions options;
  options.queue_messages = 64;
  return options;
}

// Holds a body for the transport, and counts it meanwhile.
struct InTransit {
  InTransit(std::shared_ptr<const Body> body_in, std::shared_ptr<std::atomic<std::size_t>> bytes_in)
      : body(std::move(body_in)), bytes(std::move(bytes_in)) {
    *bytes += body->block_bytes();
  }
  ~InTransit() { *bytes -= body->block_bytes(); }
  InTransit(const InTransit&) = delete;
  InTransit& operator=(const InTransit&) = delete;

  const std::shared_ptr<const Body> body;
  const std::shared_ptr<std::atomic<std::size_t>> bytes;
};

}  // namespace

BodyTap::BodyTap(bus::Bus& bus, Metrics& metrics, std::size_t most_bytes)
    : publisher_(bus.make_publisher(options())),
      most_bytes_(most_bytes),
      in_transit_bytes_(std::make_shared<std::atomic<std::size_t>>(0)),
      published_(metrics.counter("stream_ingest_bodies_published_total", "Whole frames sent to listeners")),
      dropped_(metrics.counter("stream_ingest_bodies_dropped_total",
                               "Whole frames not sent: the listeners are too slow")) {}

void BodyTap::publish(const std::string& topic, const std::shared_ptr<const Body>& body) {
  if (!publisher_->has_subscriber(topic)) return;
  if (*in_transit_bytes_ + body->block_bytes() > most_bytes_) return dropped_.add();
  const auto text = body->text();
  auto holder = std::make_shared<const InTransit>(body, in_transit_bytes_);
  switch (publisher_->publish_shared(topic, std::move(holder), {text.data(), text.size()})) {
    case bus::PublishResult::kSent:
      return published_.add();
    case bus::PublishResult::kBackPressured:
      return dropped_.add();
    case bus::PublishResult::kNoSubscriber:  // left between the question and now
      return;
  }
}

}  // namespace stream::ingest
