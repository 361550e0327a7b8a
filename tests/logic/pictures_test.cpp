#include "pictures.hpp"

#include <gtest/gtest.h>

#include "stream/http/server.hpp"

namespace stream::logic {
namespace {

TEST(IngestPictures, AsksForSceneAndCropsOfTheFrame) {
  http::Router router(1);
  router.add("GET", "/frames/7/9.jpg", [](const http::Request& request) {
    return http::Response{200, "picture " + request.query, "image/jpeg", {}};
  });
  Metrics metrics;
  const auto server = http::Server::start({}, router, metrics, "test").value();
  IngestPictures pictures(1000);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const FrameRef frame{server->address(), 7, 9};
  EXPECT_EQ(pictures.scene(frame, deadline).value(), "picture ");
  EXPECT_EQ(pictures.sub_object(frame, 3, deadline).value(), "picture sub=3");
  const auto gone = pictures.scene({server->address(), 7, 10}, deadline);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
}

TEST(IngestPictures, NodeThatIsGoneIsUnavailable) {
  IngestPictures pictures(1000);
  const auto answer =
      pictures.scene({"127.0.0.1:1", 7, 9}, std::chrono::steady_clock::now() + std::chrono::seconds(10));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace stream::logic
