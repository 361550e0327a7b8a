#include "key_guard.hpp"

#include <array>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "stream/bus/keys.hpp"
#include "stream/common/log.hpp"
#include "zmq_setup.hpp"

namespace stream::broker {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kKeyCharacters = 40;
constexpr std::chrono::seconds kLookAgain{1};

// The frames of a ZAP request with CURVE: version, request id, domain, address, identity, mechanism, key.
constexpr std::size_t kZapFrames = 7;
constexpr std::size_t kRequestId = 1;
constexpr std::size_t kMechanism = 5;
constexpr std::size_t kKey = 6;

// "Temporary error": the client comes back, for its key may be added at any time. After 400 it never would.
constexpr const char* kTryAgain = "300";

}  // namespace

Result<std::set<std::string>> KeyGuard::load(const std::filesystem::path& directory) {
  std::error_code failed;
  std::set<std::string> keys;
  for (const auto& file : std::filesystem::directory_iterator(directory, failed)) {
    if (file.path().extension() != ".pub") continue;
    auto key = bus::read_key(file.path());
    if (!key) return tl::unexpected(std::move(key.error()));
    keys.insert(std::move(*key));
  }
  if (failed) return fail(ErrorCode::kNotFound, "{}: {}", directory.string(), failed.message());
  return keys;
}

KeyGuard::KeyGuard(zmq::context_t& context, std::filesystem::path directory, std::set<std::string> keys,
                   Metrics& metrics)
    : directory_(std::move(directory)),
      refused_(metrics.counter("stream_broker_dropped_total", "requests and answers that were dropped",
                               {{"reason", "unknown_key"}})),
      keys_(std::move(keys)),
      socket_(context, zmq::socket_type::rep) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind("inproc://zeromq.zap.01");
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

KeyGuard::~KeyGuard() {
  thread_.request_stop();
  stop_.signal();
  thread_.join();
}

void KeyGuard::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::array<zmq::pollitem_t, 2> waits{
        {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, stop_.descriptor(), ZMQ_POLLIN, 0}}};
    bus::wait_for(waits, std::chrono::milliseconds(-1));
    if ((waits[0].revents & ZMQ_POLLIN) != 0) answer_one();
  }
}

void KeyGuard::answer_one() {
  std::vector<zmq::message_t> frames;
  do {
    frames.push_back(bus::receive_part(socket_));
  } while (frames.back().more());
  // libzmq itself asks; anything but CURVE cannot come from our sockets and is refused all the same.
  const bool complete = frames.size() == kZapFrames && frames[kMechanism].to_string_view() == "CURVE";
  const bool known = complete && knows(frames[kKey].to_string_view());
  if (!known) refused_.add();
  const std::string request_id = frames.size() > kRequestId ? frames[kRequestId].to_string() : std::string();
  const std::array<std::string, 6> reply{
      "1.0", request_id, known ? "200" : kTryAgain, known ? "OK" : "unknown key", "", ""};
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const bool last = i + 1 == reply.size();
    socket_.send(zmq::buffer(reply[i]), last ? zmq::send_flags::none : zmq::send_flags::sndmore);
  }
}

bool KeyGuard::knows(std::string_view key_bytes) {
  if (key_bytes.size() != kKeyBytes) return false;
  std::array<char, kKeyCharacters + 1> text{};
  zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(key_bytes.data()), key_bytes.size());
  const std::string key(text.data());
  const auto now = std::chrono::steady_clock::now();
  if (!keys_.contains(key) && now >= next_look_) {
    next_look_ = now + kLookAgain;
    if (auto keys = load(directory_)) {
      keys_ = std::move(*keys);
    } else {
      log::warn("client_keys_unreadable", {{"reason", keys.error().message}});
    }
  }
  return keys_.contains(key);
}

}  // namespace stream::broker
