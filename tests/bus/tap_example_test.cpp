// docs/examples/tap.py: that the wire is as simple as the documentation says, shown from another language.

#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <iterator>

#include "broker_process.hpp"
#include "stream/common/eventually.hpp"

namespace stream::bus {
namespace {

constexpr const char* kPython = "/usr/bin/python3";

bool python_has_zmq() {
  ProcessOptions options;
  options.arguments = {kPython, "-c", "import zmq"};
  options.output_file = "/dev/null";
  auto python = Process::start(options);
  if (!python) return false;
  const auto ended = python->wait(std::chrono::seconds(20));
  return ended && ended->clean();
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(TapExample, ShowsWholeFramesWithoutTheirPictures) {
  if (!python_has_zmq()) GTEST_SKIP() << "python3-zmq is not installed";
  BrokerProcess broker;
  const auto bus = broker.connect();
  const auto publisher = bus->make_publisher();
  const auto output = broker.data_dir() / "tap.out";
  ProcessOptions options;
  options.arguments = {kPython, STREAM_SOURCE_DIR "/docs/examples/tap.py",
                       broker.options().subscribe_endpoint};
  options.output_file = output;
  auto tap = Process::start(options);
  ASSERT_TRUE(tap);
  ASSERT_TRUE(
      eventually([&] { return publisher->has_subscriber("body/cam1/0/"); }, std::chrono::seconds(20)));

  const std::string body = R"({"mFrame":{"mFrameId":7,"mSpData":")" + std::string(4000, 'A') + R"("}})";
  ASSERT_EQ(publisher->publish("body/cam1/0/", body), PublishResult::kSent);

  const std::string shown = R"(body/cam1/0/ 1 {"mFrame": {"mFrameId": 7, "mSpData": "<4000 characters>"}})";
  EXPECT_TRUE(eventually([&] { return content(output) == shown + "\n"; })) << content(output);
}

}  // namespace
}  // namespace stream::bus
