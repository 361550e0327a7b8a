#include "broker.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <utility>

#include "endpoint.hpp"
#include "inproc_bus.hpp"
#include "state.hpp"
#include "stream/bus/keys.hpp"
#include "zmq_setup.hpp"

namespace stream::broker {
namespace {

constexpr std::int64_t kMiB = 1024 * 1024;
constexpr std::int64_t kReckonedMessageBytes = 64 * 1024;
constexpr std::int64_t kMaxSubscriptionBytes = 8192;
constexpr int kBacklog = 1024;

Endpoints wanted_endpoints(const BrokerConfig& config) {
  const auto or_default = [&](const std::string& endpoint, const char* name) {
    return endpoint.empty() ? fmt::format("ipc://{}/run/{}.sock", config.data_dir, name) : endpoint;
  };
  return {.publish = or_default(config.publish, "publish"),
          .subscribe = or_default(config.subscribe, "subscribe"),
          .control = or_default(config.control, "control")};
}

// libzmq would take the path away from whoever listens there.
bool somebody_listens(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return false;
  const bool connected =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(descriptor);
  return connected;
}

Result<std::string> bind(zmq::socket_t& socket, const std::string& endpoint) {
  const std::string_view path = bus::ipc_path(endpoint);
  if (!path.empty()) {
    auto status = make_private_directory(std::filesystem::absolute(path).parent_path());
    if (!status) return tl::unexpected(std::move(status.error()).within(endpoint));
    if (somebody_listens(path))
      return fail(ErrorCode::kConflict, "{}: another broker listens there", endpoint);
  }
  try {
    socket.bind(endpoint);
    return socket.get(zmq::sockopt::last_endpoint);
  } catch (const zmq::error_t& error) {
    return fail(ErrorCode::kUnavailable, "{}: {}", endpoint, error.what());
  }
}

}  // namespace

Result<std::unique_ptr<Broker>> Broker::start(const BrokerConfig& config, Metrics& metrics) {
  if (auto status = config.check(); !status) return tl::unexpected(std::move(status.error()));
  std::optional<Curve> curve;
  if (!config.server_secret_key_file.empty()) {
    auto secret_key = bus::read_key(config.server_secret_key_file);
    if (!secret_key) return tl::unexpected(std::move(secret_key.error()).within("server_secret_key_file"));
    auto client_keys = KeyGuard::load(config.client_public_keys_dir);
    if (!client_keys) return tl::unexpected(std::move(client_keys.error()).within("client_public_keys_dir"));
    curve = Curve{std::move(*secret_key), std::move(*client_keys)};
  }
  const Endpoints wanted = wanted_endpoints(config);
  const std::pair<const char*, const std::string*> named[] = {
      {"publish", &wanted.publish}, {"subscribe", &wanted.subscribe}, {"control", &wanted.control}};
  for (const auto& [key, endpoint] : named) {
    if (auto status = bus::check_endpoint(*endpoint, curve.has_value()); !status) {
      return tl::unexpected(std::move(status.error()).within(key));
    }
  }
  auto lock = DirectoryLock::take(std::filesystem::path(config.data_dir) / "broker", "broker");
  if (!lock) return tl::unexpected(std::move(lock.error()).within("data_dir"));
  std::unique_ptr<Broker> broker(new Broker(std::move(*lock)));
  if (auto status = broker->run(config, wanted, std::move(curve), metrics); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return broker;
}

// libzmq leaves them there. Only what we have bound has a name in endpoints_.
Broker::~Broker() {
  for (const std::string* endpoint : {&endpoints_.publish, &endpoints_.subscribe, &endpoints_.control}) {
    std::error_code ignored;
    const std::string_view path = bus::ipc_path(*endpoint);
    if (!path.empty()) std::filesystem::remove(path, ignored);
  }
}

Status Broker::run(const BrokerConfig& config, const Endpoints& wanted, std::optional<Curve> curve,
                   Metrics& metrics) {
  auto state = State::open({.directory = std::filesystem::path(config.data_dir) / "broker",
                            .full_sync = config.durability == "power",
                            .max_database_bytes = static_cast<std::uint64_t>(config.max_database_mib * kMiB),
                            .max_kv_bytes = static_cast<std::uint64_t>(config.max_kv_mib * kMiB),
                            .ballast_bytes = static_cast<std::uint64_t>(config.ballast_mib * kMiB)},
                           metrics);
  if (!state) return tl::unexpected(std::move(state.error()));

  const std::int64_t max_message_bytes = config.max_topic_message_mib * kMiB;
  zmq::socket_t from_publishers(context_, zmq::socket_type::xsub);
  bus::set_data_options(from_publishers, max_message_bytes);
  // What an XSUB sends are subscriptions; at a limit it would drop them.
  from_publishers.set(zmq::sockopt::sndhwm, 0);

  zmq::socket_t to_subscribers(context_, zmq::socket_type::xpub);
  bus::set_data_options(to_subscribers, kMaxSubscriptionBytes);
  to_subscribers.set(zmq::sockopt::sndhwm,
                     static_cast<int>(config.subscriber_queue_mib * kMiB / kReckonedMessageBytes));

  zmq::socket_t requests(context_, zmq::socket_type::router);
  bus::set_control_options(requests, static_cast<std::int64_t>(bus::control::kMaxRequestBytes));
  // Answers for clients that are gone must be noticed, and a client that comes back under its name must be
  // heard.
  requests.set(zmq::sockopt::router_mandatory, 1);
  requests.set(zmq::sockopt::router_handover, 1);

  for (zmq::socket_t* socket : {&from_publishers, &to_subscribers, &requests}) {
    socket->set(zmq::sockopt::backlog, kBacklog);
    if (!curve) continue;
    socket->set(zmq::sockopt::curve_server, 1);
    socket->set(zmq::sockopt::curve_secretkey, curve->secret_key);
    socket->set(zmq::sockopt::zap_domain, "stream");
  }
  if (curve) {
    key_guard_ = std::make_unique<KeyGuard>(context_, config.client_public_keys_dir,
                                            std::move(curve->client_keys), metrics);
  }
  const auto bind_to = [](zmq::socket_t& socket, const std::string& endpoint, std::string& bound) -> Status {
    auto result = bind(socket, endpoint);
    if (!result) return tl::unexpected(std::move(result.error()));
    bound = std::move(*result);
    return {};
  };
  auto status = bind_to(from_publishers, wanted.publish, endpoints_.publish);
  if (status) status = bind_to(to_subscribers, wanted.subscribe, endpoints_.subscribe);
  if (status) status = bind_to(requests, wanted.control, endpoints_.control);
  if (!status) return status;
  from_publishers.bind(bus::kInprocPublish);
  to_subscribers.bind(bus::kInprocSubscribe);
  requests.bind(bus::kInprocControl);

  storage_ = std::make_unique<Storage>(std::move(*state), outbox_, metrics);
  control_ = std::make_unique<ControlServer>(std::move(requests), *storage_, outbox_, metrics);
  proxy_ = std::make_unique<DataProxy>(std::move(from_publishers), std::move(to_subscribers), metrics);
  return {};
}

std::unique_ptr<bus::Bus> Broker::connect() {
  return bus::make_inproc_bus(context_);
}

}  // namespace stream::broker
