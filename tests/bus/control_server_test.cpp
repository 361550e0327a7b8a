// What comes in on the control socket from clients that are broken, malicious or dead.

#include <gmock/gmock.h>

#include <random>
#include <zmq.hpp>

#include "broker_fixture.hpp"
#include "control_codec.hpp"

namespace stream::broker {
namespace {

using std::chrono::seconds;
namespace control = bus::control;

// A client that sends whatever the test wants.
class RawClient {
 public:
  explicit RawClient(const std::string& endpoint) : socket_(context_, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvtimeo, 5000);
    socket_.set(zmq::sockopt::sndhwm, 0);
    socket_.connect(endpoint);
  }
  void send(const std::string& bytes) { socket_.send(zmq::buffer(bytes), zmq::send_flags::none); }
  void send_parts(const std::vector<std::string>& parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool last = i + 1 == parts.size();
      socket_.send(zmq::buffer(parts[i]), last ? zmq::send_flags::none : zmq::send_flags::sndmore);
    }
  }
  // Empty when nothing came within five seconds.
  std::optional<control::Answer> receive() {
    zmq::message_t message;
    if (!socket_.recv(message, zmq::recv_flags::none)) return std::nullopt;
    auto answer = control::decode_answer(message.to_string_view());
    return answer ? std::optional(std::move(*answer)) : std::nullopt;
  }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
};

class ControlServerTest : public BrokerFixture {
 protected:
  void SetUp() override {
    start(config());
    bus_ = connect(options());
    client_ = std::make_unique<RawClient>(broker_->endpoints().control);
  }
  // The text of the refusal of one request.
  std::string refusal(const std::string& bytes) {
    client_->send(bytes);
    const auto answer = client_->receive();
    const auto* failed = answer ? std::get_if<control::Failed>(&answer->outcome) : nullptr;
    return failed != nullptr && failed->code == ErrorCode::kInvalid ? failed->message : "no refusal";
  }

  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<RawClient> client_;
};

TEST_F(ControlServerTest, MalformedRequestIsCountedAndAnsweredWithTheReason) {
  EXPECT_EQ(refusal(std::string("\x94\x01\x07\xa3get\x05", 8)),
            "get: element 0: found an integer, expected a string");
  EXPECT_EQ(dropped("malformed"), 1);
}

TEST_F(ControlServerTest, NamesBeyondTheLimitsAreRefused) {
  const auto request = [](control::Operation operation) {
    return control::encode(control::Request{1, operation});
  };
  EXPECT_EQ(refusal(request(control::Get{""})), "key: found 0 bytes, expected 1 to 1024");
  EXPECT_EQ(refusal(request(control::Get{std::string(1025, 'k')})),
            "key: found 1025 bytes, expected 1 to 1024");
  EXPECT_EQ(refusal(request(control::Enqueue{"", "id", {}})), "queue: found 0 bytes, expected 1 to 64");
  EXPECT_EQ(refusal(request(control::Enqueue{"q", "", {}})), "id: found 0 bytes, expected 1 to 1024");
  EXPECT_EQ(refusal(request(control::Pull{"q", 1001, seconds(1), seconds(0)})),
            "most: found 1001, expected at most 1000");
  EXPECT_EQ(refusal(request(control::Settle{"q", "id", 1, bus::Park{std::string(20'000, 'r')}})),
            "reason: found 20000 bytes, expected 0 to 16384");
}

TEST_F(ControlServerTest, AnythingAtAllCrashesNothing) {
  constexpr unsigned kSeed = 20260101;
  constexpr int kMessages = 10'000;
  std::mt19937 random(kSeed);
  const std::vector<control::Request> seeds{
      {1, control::Enqueue{"alarms", "a", {std::string(100, 'x')}}},
      {2, control::Pull{"alarms", 1, seconds(1), std::chrono::milliseconds(0)}},
      {3, control::Settle{"alarms", "a", 99, bus::Ack{}}},
      {4, control::ListQueue{"alarms", std::nullopt, 10}},
      {5, control::Cas{"nd/a", 0, control::Bytes{"x"}}},
      {6, control::Cas{"task/a", 0, std::nullopt}},
      {7, control::AwaitChanges{"task/", 1, std::chrono::milliseconds(1)}}};
  for (int i = 0; i < kMessages; ++i) {
    std::string bytes;
    if (random() % 3 == 0) {
      bytes.resize(random() % 200);
      for (char& byte : bytes) byte = static_cast<char>(random());
    } else {
      bytes = control::encode(seeds[random() % seeds.size()]);
      for (auto changes = random() % 4; changes > 0; --changes) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
    }
    if (random() % 50 == 0) {
      client_->send_parts({bytes, "", bytes});
    } else {
      client_->send(bytes);
    }
  }
  const Counter received = metrics_.counter("stream_broker_requests_received_total", "");
  ASSERT_TRUE(eventually([&] { return received.value() >= kMessages; })) << "seed " << kSeed;
  EXPECT_GT(dropped("malformed"), kMessages / 2);
  EXPECT_EQ(bus_->enqueue("other", "a", "x"), bus::EnqueueResult::kStored) << "seed " << kSeed;
}

TEST_F(ControlServerTest, MessageForADeadClientGoesToTheNextAtOnce) {
  client_->send(control::encode(control::Request{1, control::Pull{"alarms", 1, seconds(60), seconds(60)}}));
  client_->send(control::encode(control::Request{2, control::Ping{}}));
  ASSERT_EQ(client_->receive()->id, 2U);  // so the pull is waiting
  client_.reset();                        // returns when the connection is closed
  ASSERT_TRUE(bus_->get("the broker has seen it when it answers this"));
  ASSERT_EQ(bus_->enqueue("alarms", "a", "x"), bus::EnqueueResult::kStored);
  const auto deliveries = bus_->pull("alarms", 1, seconds(60), seconds(5));
  ASSERT_TRUE(deliveries);
  ASSERT_EQ(deliveries->size(), 1U);
  EXPECT_EQ(deliveries->front().attempt, 1U);
  EXPECT_EQ(dropped("client_gone"), 1);
}

}  // namespace
}  // namespace stream::broker
