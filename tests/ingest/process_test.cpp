// The program itself: what its starter sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "stream/common/process.hpp"
#include "stream/http/server.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::ingest {
namespace {

class Nobody final : public http::Handler {
  http::HeadDecision on_head(const http::RequestHead&) override { return http::Response{}; }
  void on_request(http::Request, http::Respond) override {}
};

class IngestProcess : public testing::Test {
 protected:
  // Runs stream-ingest until it ends by itself; `output` has what it wrote.
  ExitStatus run(std::vector<std::string> arguments) {
    ProcessOptions options;
    options.arguments = std::move(arguments);
    options.arguments.insert(options.arguments.begin(), STREAM_BIN_DIR "/stream-ingest");
    options.output_file = folder.path() / "output";
    auto process = Process::start(options);
    if (!process) {
      ADD_FAILURE() << process.error().message;
      return {};
    }
    const auto ended = process->wait(std::chrono::seconds(20));
    EXPECT_TRUE(ended) << "it did not end";
    std::ifstream file(options.output_file);
    output.assign(std::istreambuf_iterator<char>(file), {});
    return ended.value_or(ExitStatus{});
  }

  const test::TemporaryFolder folder;
  std::string output;
};

TEST_F(IngestProcess, TakenPortEndsItWithTheReason) {
  Nobody handler;
  Metrics metrics;
  const auto occupant = http::Server::start({}, handler, metrics, "occupant");
  ASSERT_TRUE(occupant);
  const auto status = run({"--set", "listen=" + (*occupant)->address()});
  EXPECT_EQ(status.text(), "exit code 1");
  EXPECT_THAT(output, testing::HasSubstr("listen: " + (*occupant)->address() + ": Address already in use"));
}

TEST_F(IngestProcess, UnknownKeyIsAnError) {
  EXPECT_EQ(run({"--set", "ring_mb=1", "--check-config"}).text(), "exit code 2");
  EXPECT_THAT(output, testing::HasSubstr("ring_mb"));
}

TEST_F(IngestProcess, ShippedConfigurationIsGood) {
  EXPECT_EQ(run({"--config", STREAM_SOURCE_DIR "/config/ingest-node.json", "--check-config"}).text(),
            "exit code 0")
      << output;
}

}  // namespace
}  // namespace stream::ingest
