// A broker inside the test, so that its counters can be read.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "broker.hpp"
#include "stream/bus/zmq_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/metrics.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::broker {

class BrokerFixture : public testing::Test {
 protected:
  BrokerConfig config() const {
    BrokerConfig config;
    config.data_dir = (folder_.path() / "data").string();
    return config;
  }

  void start(const BrokerConfig& config) {
    auto started = Broker::start(config, metrics_);
    ASSERT_TRUE(started) << started.error().message;
    broker_ = std::move(*started);
  }

  bus::ZmqBusOptions options() const {
    bus::ZmqBusOptions options;
    options.publish_endpoint = broker_->endpoints().publish;
    options.subscribe_endpoint = broker_->endpoints().subscribe;
    options.control_endpoint = broker_->endpoints().control;
    return options;
  }

  // A bus that has reached the broker.
  std::unique_ptr<bus::Bus> connect(const bus::ZmqBusOptions& options) {
    auto made = bus::make_zmq_bus(options);
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_TRUE(eventually([&] { return (*made)->healthy(); }));
    return std::move(*made);
  }

  double dropped(const std::string& reason) {
    return metrics_.counter("stream_broker_dropped_total", "", {{"reason", reason}}).value();
  }

  test::TemporaryFolder folder_;
  Metrics metrics_;
  std::unique_ptr<Broker> broker_;
};

}  // namespace stream::broker
