// What a broker and a bus refuse at their start, and who gets in on tcp with keys.

#include <gmock/gmock.h>

#include <fstream>

#include "broker_fixture.hpp"
#include "stream/bus/keys.hpp"

namespace stream::broker {
namespace {

class CurveTest : public BrokerFixture {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(clients_);
    server_ = make_keys(folder_.path(), "broker");
    auto curve = config();
    curve.publish = curve.subscribe = curve.control = "tcp://127.0.0.1:*";
    curve.server_secret_key_file = (folder_.path() / "broker.key").string();
    curve.client_public_keys_dir = clients_.string();
    make_keys(clients_, "known");
    start(curve);
  }
  static bus::KeyPair make_keys(const std::filesystem::path& directory, const std::string& name) {
    bus::KeyPair keys = bus::make_key_pair().value();
    EXPECT_TRUE(bus::save_key_pair(keys, directory, name));
    return keys;
  }
  bus::ZmqBusOptions options_of(const std::filesystem::path& secret_key) const {
    auto options = BrokerFixture::options();
    options.client_secret_key_file = secret_key.string();
    options.server_public_key_file = (folder_.path() / "broker.pub").string();
    options.request_timeout = std::chrono::milliseconds(300);
    return options;
  }

  const std::filesystem::path clients_ = folder_.path() / "clients";
  bus::KeyPair server_;
};

TEST_F(CurveTest, KnownClientUsesEverything) {
  const auto bus = connect(options_of(clients_ / "known.key"));
  EXPECT_EQ(bus->enqueue("alarms", "a", "x"), bus::EnqueueResult::kStored);
  const auto subscriber = bus->make_subscriber();
  const auto publisher = bus->make_publisher();
  subscriber->subscribe("a/");
  ASSERT_TRUE(eventually([&] { return publisher->has_consumer("a/"); }));
  ASSERT_EQ(publisher->publish("a/", "x"), bus::PublishResult::kSent);
  EXPECT_TRUE(std::holds_alternative<bus::Received>(subscriber->receive(std::chrono::seconds(5))));
}

TEST_F(CurveTest, TheBrokerItselfNeedsNoKeysAndIsHeardByThoseThatHaveThem) {
  const auto own = broker_->connect();
  const auto known = connect(options_of(clients_ / "known.key"));
  EXPECT_EQ(own->enqueue("events", "a", "x"), bus::EnqueueResult::kStored);
  EXPECT_EQ(known->read_message("events", "a").value_or(""), "x");
  const auto subscriber = known->make_subscriber();
  const auto publisher = own->make_publisher();
  subscriber->subscribe("a/");
  ASSERT_TRUE(eventually([&] { return publisher->has_consumer("a/"); }));
  ASSERT_EQ(publisher->publish("a/", "x"), bus::PublishResult::kSent);
  EXPECT_TRUE(std::holds_alternative<bus::Received>(subscriber->receive(std::chrono::seconds(5))));
  EXPECT_TRUE(own->healthy());
}

TEST_F(CurveTest, UnknownClientIsRefusedUntilItsKeyIsThere) {
  make_keys(folder_.path(), "stranger");
  const auto stranger = bus::make_zmq_bus(options_of(folder_.path() / "stranger.key"));
  ASSERT_TRUE(stranger);
  ASSERT_TRUE(eventually([&] { return dropped("unknown_key") > 0; }));
  EXPECT_EQ((*stranger)->enqueue("alarms", "a", "x"), bus::EnqueueResult::kUnknown);
  EXPECT_FALSE((*stranger)->healthy());

  std::filesystem::copy(folder_.path() / "stranger.pub", clients_ / "stranger.pub");
  EXPECT_TRUE(eventually([&] { return (*stranger)->healthy(); }));
}

TEST_F(CurveTest, ClientWithoutKeysIsNotHeard) {
  auto options = BrokerFixture::options();
  options.request_timeout = std::chrono::milliseconds(500);
  const auto plain = bus::make_zmq_bus(options);
  ASSERT_TRUE(plain);
  EXPECT_EQ((*plain)->enqueue("alarms", "a", "x"), bus::EnqueueResult::kUnknown);
}

using BrokerStart = BrokerFixture;

TEST_F(BrokerStart, TcpBeyondThisMachineWithoutKeysIsRefused) {
  auto open = config();
  open.control = "tcp://0.0.0.0:*";
  const auto started = Broker::start(open, metrics_);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message,
              testing::HasSubstr("control: tcp://0.0.0.0:*: tcp beyond this machine"));
}

TEST_F(BrokerStart, SocketDirectoryOpenToOthersIsRefused) {
  std::filesystem::create_directories(folder_.path() / "data" / "run");
  std::filesystem::permissions(folder_.path() / "data" / "run", std::filesystem::perms(0755));
  const auto started = Broker::start(config(), metrics_);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, testing::HasSubstr("found mode 755, expected 700"));
}

TEST_F(BrokerStart, EndpointOfALivingBrokerIsNotTakenAway) {
  start(config());
  auto other = config();
  other.data_dir = (folder_.path() / "other").string();
  other.control = broker_->endpoints().control;
  const auto started = Broker::start(other, metrics_);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, testing::HasSubstr("another broker listens there"));
  EXPECT_TRUE(connect(options()));
}

TEST_F(BrokerStart, NoSocketIsLeftAtTheEnd) {
  start(config());
  ASSERT_TRUE(std::filesystem::exists(folder_.path() / "data" / "run" / "control.sock"));
  broker_.reset();
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "data" / "run"));
}

TEST_F(BrokerStart, DatabaseThatIsNoneIsAnErrorWithItsName) {
  std::filesystem::create_directories(folder_.path() / "data" / "broker");
  std::filesystem::permissions(folder_.path() / "data" / "broker", std::filesystem::perms(0700));
  std::ofstream(folder_.path() / "data" / "broker" / "stream.db") << std::string(10'000, 'x');
  const auto started = Broker::start(config(), metrics_);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, testing::HasSubstr("stream.db: file is not a database"));
}

using ZmqBusStart = testing::Test;

TEST_F(ZmqBusStart, WhatWaitingCannotMendIsAnError) {
  bus::ZmqBusOptions options;
  options.control_endpoint = "tcp://192.168.1.4:5555";
  EXPECT_THAT(bus::make_zmq_bus(options).error().message, testing::HasSubstr("broker.control: "));
  options = {};
  options.client_secret_key_file = "/nowhere";
  EXPECT_THAT(bus::make_zmq_bus(options).error().message, testing::HasSubstr("go together"));
  options.server_public_key_file = "/nowhere";
  EXPECT_EQ(bus::make_zmq_bus(options).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace stream::broker
