#include "endpoint.hpp"

#include <gmock/gmock.h>

namespace stream::bus {
namespace {

TEST(Endpoint, IpcAndLoopbackNeedNoKeys) {
  for (const char* endpoint : {"ipc://data/run/control.sock", "tcp://127.0.0.1:5555", "tcp://127.0.0.1:*",
                               "tcp://localhost:1", "tcp://[::1]:65535"}) {
    EXPECT_TRUE(check_endpoint(endpoint, false)) << endpoint;
  }
}

TEST(Endpoint, TcpBeyondThisMachineNeedsKeys) {
  for (const char* endpoint : {"tcp://0.0.0.0:5555", "tcp://*:5555", "tcp://192.168.1.4:5555",
                               "tcp://broker:5555", "tcp://eth0:5555", "tcp://[::]:5555"}) {
    const Status status = check_endpoint(endpoint, false);
    ASSERT_FALSE(status) << endpoint;
    EXPECT_THAT(status.error().message, testing::HasSubstr("streamctl keygen"));
    EXPECT_TRUE(check_endpoint(endpoint, true)) << endpoint;
  }
}

TEST(Endpoint, MalformedOnesAreRefusedWithAReason) {
  for (const std::string endpoint :
       {"", "control.sock", "ipc://", "udp://127.0.0.1:5", "tcp://127.0.0.1", "tcp://:5",
        "tcp://127.0.0.1:", "tcp://127.0.0.1:70000", "tcp://127.0.0.1:5x"}) {
    EXPECT_FALSE(check_endpoint(endpoint, true)) << endpoint;
  }
  const Status status = check_endpoint("ipc:///" + std::string(200, 'x'), true);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, testing::HasSubstr("found a path of 201 bytes, expected at most 107"));
}

TEST(Endpoint, OnlyIpcAndLoopbackAreThisMachineForSure) {
  for (const char* here :
       {"ipc://data/run/control.sock", "tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1"})
    EXPECT_TRUE(is_on_this_machine(here)) << here;
  for (const char* elsewhere : {"tcp://10.0.0.1:1", "tcp://*:1", "tcp://broker:1", "tcp://[fe80::1]:1"})
    EXPECT_FALSE(is_on_this_machine(elsewhere)) << elsewhere;
}

}  // namespace
}  // namespace stream::bus
