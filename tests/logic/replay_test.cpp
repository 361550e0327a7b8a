#include "replay.hpp"

#include <gtest/gtest.h>

#include "stream/http/server.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::logic {
namespace {

FrameMeta frame(const std::string& task, std::uint64_t number) {
  FrameMeta meta;
  meta.task_id = task;
  meta.algorithm = 1;
  meta.number = number;
  return meta;
}

TEST(IngestReplay, AsksForTheFramesAfterAPosition) {
  http::Router router(1);
  router.add("GET", "/frames/7/after/a%2Fb/1/9", [](const http::Request&) {
    const FrameBatch batch{
        {encode(frame("a/b", 11)), "rubbish", encode(frame("another", 12)), encode(frame("a/b", 10))}};
    return http::Response{200, encode(batch), "application/octet-stream", {}};
  });
  router.add("GET", "/frames/7/after/broken/1/9", [](const http::Request&) {
    return http::Response{200, "rubbish", "application/octet-stream", {}};
  });
  Metrics metrics;
  const auto server = http::Server::start({}, router, metrics, "test").value();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  IngestReplay replay;
  const auto answer = replay.after({7, 9, server->address()}, "a/b", 1, deadline);
  EXPECT_EQ(answer.outcome, Fetched::Outcome::kFrames);
  ASSERT_EQ(answer.frames.size(), 2U);
  EXPECT_EQ(answer.frames[0].number, 10U);
  EXPECT_EQ(answer.frames[1].number, 11U);
  EXPECT_EQ(replay.after({8, 9, server->address()}, "a/b", 1, deadline).outcome, Fetched::Outcome::kGone);
  EXPECT_EQ(replay.after({7, 9, server->address()}, "broken", 1, deadline).outcome,
            Fetched::Outcome::kUnreachable);
  EXPECT_EQ(replay.after({7, 9, "127.0.0.1:1"}, "a/b", 1, deadline).outcome, Fetched::Outcome::kUnreachable);
}

}  // namespace
}  // namespace stream::logic
