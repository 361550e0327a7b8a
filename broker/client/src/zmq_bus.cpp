#include "stream/bus/zmq_bus.hpp"

#include <thread>
#include <utility>
#include <zmq.hpp>

#include "control_client.hpp"
#include "endpoint.hpp"
#include "inproc_bus.hpp"
#include "stream/bus/keys.hpp"
#include "zmq_publisher.hpp"
#include "zmq_setup.hpp"
#include "zmq_subscriber.hpp"

namespace stream::bus {
namespace {

using control::Operation;
using control::Outcome;

// How long the broker keeps a watch's question before it says that there is nothing new.
constexpr milliseconds kWatchPoll{10'000};
constexpr milliseconds kRefusedPause{50};

control::Bytes bytes(std::string_view data) {
  return {std::string(data)};
}

Entry to_entry(control::WireEntry&& entry) {
  return {.key = std::move(entry.key),
          .value = std::move(entry.value.data),
          .revision = entry.revision,
          .deleted = entry.deleted};
}

std::vector<Entry> to_entries(std::vector<control::WireEntry>&& wire) {
  std::vector<Entry> entries;
  entries.reserve(wire.size());
  for (auto& entry : wire) entries.push_back(to_entry(std::move(entry)));
  return entries;
}

class ZmqWatch final : public Watch {
 public:
  ZmqWatch(ControlClient& control, std::string_view prefix, milliseconds request_timeout)
      : control_(control), prefix_(prefix), request_timeout_(request_timeout) {}

  // The question stays with the broker from one call to the next, so that waiting costs no messages.
  std::optional<Changes> next(milliseconds timeout) override {
    if (!question_) {
      question_ =
          control_.start(control::AwaitChanges{prefix_, after_, kWatchPoll}, kWatchPoll + request_timeout_);
    }
    auto outcome = control_.wait(question_, timeout);
    if (!outcome) return std::nullopt;
    question_.reset();
    auto* changed = *outcome ? std::get_if<control::Changed>(&**outcome) : nullptr;
    if (changed == nullptr) {
      // Refused or cut off; asking again at once would only add to the trouble.
      std::this_thread::sleep_for(std::min(timeout, kRefusedPause));
      return std::nullopt;
    }
    after_ = changed->up_to;
    if (!changed->reset && changed->entries.empty()) return std::nullopt;
    return Changes{to_entries(std::move(changed->entries)), changed->reset};
  }

 private:
  ControlClient& control_;
  const std::string prefix_;
  const milliseconds request_timeout_;
  Revision after_ = 0;
  ControlClient::Ticket question_;
};

class ZmqBus final : public Bus {
 public:
  // `context`: shared with the broker; nothing: one of our own.
  ZmqBus(ZmqBusOptions options, ClientKeys keys, zmq::context_t* context = nullptr)
      : options_(std::move(options)),
        keys_(std::move(keys)),
        own_context_(context == nullptr ? std::make_unique<zmq::context_t>() : nullptr),
        context_(context == nullptr ? *own_context_ : *context),
        control_(context_, options_.control_endpoint, keys_) {}

  std::unique_ptr<Publisher> make_publisher(const PublisherOptions& options) override {
    return std::make_unique<ZmqPublisher>(context_, options_.publish_endpoint, keys_, options);
  }
  std::unique_ptr<Subscriber> make_subscriber(const SubscriberOptions& options) override {
    return std::make_unique<ZmqSubscriber>(context_, options_.subscribe_endpoint, keys_, options);
  }

  EnqueueResult enqueue(std::string_view queue, std::string_view id, std::string_view payload) override {
    // The broker would cut the connection for it, again and again.
    if (payload.size() > control::kMaxPayloadBytes) return EnqueueResult::kFull;
    const auto enqueued =
        ask<control::Enqueued>(control::Enqueue{std::string(queue), std::string(id), bytes(payload)});
    return enqueued ? enqueued->result : EnqueueResult::kUnknown;
  }

  Result<std::vector<Delivery>> pull(std::string_view queue, std::uint32_t most, milliseconds lease,
                                     milliseconds wait, const GroupFilter& filter) override {
    auto answer = ask<control::Deliveries>(
        control::Pull{std::string(queue), most, lease, wait, filter.groups, filter.only}, wait);
    if (!answer) return tl::unexpected(std::move(answer.error()));
    std::vector<Delivery> deliveries;
    deliveries.reserve(answer->deliveries.size());
    for (auto& wire : answer->deliveries) {
      deliveries.push_back({.id = std::move(wire.id),
                            .payload = std::move(wire.payload.data),
                            .attempt = wire.attempt,
                            .token = wire.token});
    }
    return deliveries;
  }

  Status settle(std::string_view queue, const Delivery& delivery, const Settlement& settlement) override {
    return do_it(control::Settle{std::string(queue), delivery.id, delivery.token, settlement});
  }

  Result<std::vector<QueueItem>> list_queue(std::string_view queue, std::optional<QueueState> state,
                                            std::uint32_t most) override {
    auto answer = ask<control::Items>(control::ListQueue{std::string(queue), state, most});
    if (!answer) return tl::unexpected(std::move(answer.error()));
    std::vector<QueueItem> items;
    items.reserve(answer->items.size());
    for (auto& wire : answer->items) {
      items.push_back({.id = std::move(wire.id),
                       .state = wire.state,
                       .attempts = wire.attempts,
                       .payload_bytes = wire.payload_bytes,
                       .enqueued_unix_ms = wire.enqueued_unix_ms,
                       .reason = std::move(wire.reason)});
    }
    return items;
  }

  Result<std::string> read_message(std::string_view queue, std::string_view id) override {
    auto answer = ask<control::Payload>(control::ReadMessage{std::string(queue), std::string(id)});
    if (!answer) return tl::unexpected(std::move(answer.error()));
    return std::move(answer->payload.data);
  }

  Status unpark(std::string_view queue, std::string_view id) override {
    return do_it(control::Unpark{std::string(queue), std::string(id)});
  }
  Status purge(std::string_view queue, std::string_view id) override {
    return do_it(control::Purge{std::string(queue), std::string(id)});
  }

  Result<QueueStats> queue_stats(std::string_view queue) override {
    const auto counts = ask<control::Counts>(control::CountQueue{std::string(queue)});
    if (!counts) return tl::unexpected(counts.error());
    return QueueStats{counts->ready, counts->delayed, counts->leased, counts->parked};
  }

  Result<std::optional<Entry>> get(std::string_view key) override {
    auto answer = ask<control::Entries>(control::Get{std::string(key)});
    if (!answer) return tl::unexpected(std::move(answer.error()));
    if (answer->entries.empty()) return std::nullopt;
    return to_entry(std::move(answer->entries.front()));
  }

  Result<std::vector<Entry>> list(std::string_view prefix) override {
    auto answer = ask<control::Entries>(control::List{std::string(prefix)});
    if (!answer) return tl::unexpected(std::move(answer.error()));
    return to_entries(std::move(answer->entries));
  }

  CasResult cas(std::string_view key, Revision expected, std::optional<std::string_view> value) override {
    if (value && value->size() > control::kMaxPayloadBytes) return {CasResult::Outcome::kFull, 0};
    control::Cas request{std::string(key), expected, std::nullopt};
    if (value) request.value = bytes(*value);
    const auto swapped = ask<control::Swapped>(std::move(request));
    return swapped ? CasResult{swapped->outcome, swapped->revision} : CasResult{};
  }

  std::unique_ptr<Watch> watch(std::string_view prefix) override {
    return std::make_unique<ZmqWatch>(control_, prefix, options_.request_timeout);
  }

  bool healthy() const override { return control_.healthy(); }

 private:
  // The answer, which is `Expected` or an error.
  template <class Expected>
  Result<Expected> ask(Operation operation, milliseconds wait = milliseconds(0)) {
    auto outcome = control_.call(std::move(operation), options_.request_timeout + wait);
    if (!outcome) return tl::unexpected(std::move(outcome.error()));
    if (auto* expected = std::get_if<Expected>(&*outcome)) return std::move(*expected);
    if (auto* failed = std::get_if<control::Failed>(&*outcome)) {
      return fail(failed->code, "{}", failed->message);
    }
    return fail(ErrorCode::kInternal, "the broker answered another question than was asked");
  }

  Status do_it(Operation operation) {
    auto done = ask<control::Done>(std::move(operation));
    if (!done) return tl::unexpected(std::move(done.error()));
    return {};
  }

  const ZmqBusOptions options_;
  const ClientKeys keys_;
  const std::unique_ptr<zmq::context_t> own_context_;
  zmq::context_t& context_;
  ControlClient control_;
};

}  // namespace

bool ZmqBusOptions::broker_is_elsewhere() const {
  return !is_on_this_machine(control_endpoint);
}

void ZmqBusOptions::describe(ConfigTable& table) {
  table.add("broker.publish", publish_endpoint, "where the broker takes topic messages");
  table.add("broker.subscribe", subscribe_endpoint, "where the broker hands out topic messages");
  table.add("broker.control", control_endpoint, "where the broker answers requests");
  table.add("broker.request_timeout_ms", request_timeout, "how long to wait for an answer", {100, 60'000});
  table.add("broker.client_secret_key_file", client_secret_key_file, "our CURVE secret key; empty: none");
  table.add("broker.server_public_key_file", server_public_key_file,
            "the broker's CURVE public key; empty: none");
}

Result<std::unique_ptr<Bus>> make_zmq_bus(const ZmqBusOptions& options) {
  ClientKeys keys;
  if (options.client_secret_key_file.empty() != options.server_public_key_file.empty()) {
    return fail(
        ErrorCode::kInvalid,
        "broker.client_secret_key_file and broker.server_public_key_file go together: found one of them");
  }
  if (!options.client_secret_key_file.empty()) {
    auto secret = read_key(options.client_secret_key_file);
    if (!secret) return tl::unexpected(std::move(secret.error()).within("broker.client_secret_key_file"));
    auto server = read_key(options.server_public_key_file);
    if (!server) return tl::unexpected(std::move(server.error()).within("broker.server_public_key_file"));
    keys = {std::move(*secret), std::move(*server)};
  }
  const std::pair<std::string_view, const std::string*> endpoints[] = {
      {"broker.publish", &options.publish_endpoint},
      {"broker.subscribe", &options.subscribe_endpoint},
      {"broker.control", &options.control_endpoint}};
  for (const auto& [key, endpoint] : endpoints) {
    if (auto status = check_endpoint(*endpoint, keys.given()); !status) {
      return tl::unexpected(std::move(status.error()).within(key));
    }
  }
  try {
    return std::make_unique<ZmqBus>(options, std::move(keys));
  } catch (const zmq::error_t& error) {
    return fail(ErrorCode::kInvalid, "cannot use the broker's endpoints: {}", error.what());
  }
}

std::unique_ptr<Bus> make_inproc_bus(zmq::context_t& context) {
  ZmqBusOptions options;
  options.publish_endpoint = kInprocPublish;
  options.subscribe_endpoint = kInprocSubscribe;
  options.control_endpoint = kInprocControl;
  return std::make_unique<ZmqBus>(std::move(options), ClientKeys{}, &context);
}

}  // namespace stream::bus
